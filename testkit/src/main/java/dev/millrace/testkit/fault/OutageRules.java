package dev.millrace.testkit.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Enqueued;
import dev.millrace.JobHandle;
import dev.millrace.Millrace;
import dev.millrace.spi.StoreUnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A producer calls while the server cannot be reached, or while its answers are lost. */
abstract class OutageRules extends ServerPart {
    private static final int CALLS = 8;

    private final ExecutorService callers = Executors.newFixedThreadPool(CALLS);
    private final List<UUID> ids =
            Stream.generate(UUID::randomUUID).limit(CALLS).toList();

    @AfterEach
    void endCallers() {
        callers.shutdownNow();
    }

    /** Enqueues all, each on a thread of its own; what each call threw, or null when the job was accepted. */
    private List<CompletableFuture<@Nullable Throwable>> enqueueAll(Millrace millrace) {
        List<CompletableFuture<@Nullable Throwable>> calls = new ArrayList<>();
        for (UUID id : ids) {
            calls.add(CompletableFuture.supplyAsync(
                    () -> {
                        try {
                            millrace.enqueue(Load.STEP.with(0).id(id));
                            journal.write("A", id);
                            return null;
                        } catch (Throwable e) {
                            return e;
                        }
                    },
                    callers));
        }
        return calls;
    }

    /** Waits for the calls, and asserts that each was accepted or told that the store is out of reach. */
    private static long refused(List<CompletableFuture<@Nullable Throwable>> calls) throws Exception {
        long refused = 0;
        for (CompletableFuture<@Nullable Throwable> call : calls) {
            Throwable thrown = call.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            if (thrown != null) {
                assertThat(thrown).isInstanceOf(StoreUnavailableException.class);
                assertThat(thrown.getMessage()).isNotBlank();
                refused++;
            }
        }
        return refused;
    }

    /** Enqueues all under the same ids until each is accepted. */
    private List<JobHandle<String>> repeat(Millrace millrace) {
        List<JobHandle<String>> handles = new ArrayList<>();
        for (UUID id : ids) {
            until("the call is accepted", () -> {
                try {
                    handles.add(millrace.enqueue(Load.STEP.with(0).id(id)));
                    journal.write("A", id);
                    return true;
                } catch (StoreUnavailableException e) {
                    LockSupport.parkNanos(10_000_000);
                    return false;
                }
            });
        }
        return handles;
    }

    @Test
    void an_enqueue_during_an_outage_fails_clearly_and_repeated_with_its_id_makes_one_job() throws Exception {
        Millrace producer = millrace(server.address());
        server.server().kill();
        long began = System.nanoTime();

        List<CompletableFuture<@Nullable Throwable>> calls = enqueueAll(producer);
        CompletableFuture.anyOf(calls.toArray(CompletableFuture[]::new)).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        long told = Duration.ofNanos(System.nanoTime() - began).toMillis();
        server.server().start();
        long refused = refused(calls);
        repeat(producer);

        worker("one", server.address(), LEASE);
        Audit audit = finish();
        audit.print(
                "enqueue without a server",
                refused + " of " + CALLS + " calls refused, the first after " + told + " ms");
        audit.assertAllKept();
        assertThat(producer.jobs().count()).isEqualTo(CALLS);
    }

    @Test
    void an_enqueue_whose_reply_is_lost_can_be_repeated_and_makes_one_job() throws Exception {
        Millrace direct = millrace(server.address());
        Millrace producer = millrace(server.proxied());
        server.proxy().holdReplies();

        List<CompletableFuture<@Nullable Throwable>> calls = enqueueAll(producer);
        until("a call has taken effect", () -> !direct.store().get(ids).isEmpty());
        UUID arrived = direct.store().get(ids).get(0).id();
        server.proxy().cut();
        server.proxy().flow();
        long refused = refused(calls);
        List<JobHandle<String>> handles = repeat(producer);

        assertThat(handles)
                .filteredOn(handle -> handle.id().equals(arrived))
                .extracting(JobHandle::enqueued)
                .containsExactly(Enqueued.DUPLICATE);
        worker("one", server.address(), LEASE);
        Audit audit = finish();
        audit.print("enqueue whose reply is lost", refused + " of " + CALLS + " calls refused");
        audit.assertAllKept();
        assertThat(direct.jobs().count()).isEqualTo(CALLS);
    }

    @Test
    void a_store_cannot_be_opened_without_its_server_and_says_so_in_time() throws Exception {
        server.server().kill();

        CompletableFuture<@Nullable Throwable> opening = CompletableFuture.supplyAsync(
                () -> {
                    try {
                        Millrace.open(server.address()).close();
                        return null;
                    } catch (Throwable e) {
                        return e;
                    }
                },
                callers);

        assertThat(opening.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isInstanceOf(StoreUnavailableException.class);
    }
}
