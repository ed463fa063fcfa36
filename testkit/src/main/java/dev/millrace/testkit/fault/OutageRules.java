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
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A producer calls while the server cannot be reached, or while its answers are lost. */
abstract class OutageRules extends ServerPart {
    /** Within which a call that is under way takes effect, if it ever does. */
    private static final Duration ARRIVAL = Duration.ofMillis(500);

    private static final int CALLS = 8;
    /** No engine's enqueue has as many replies. */
    private static final int MOST_STEPS = 20;

    private static final Duration SILENCE = Duration.ofMillis(100);

    private final ExecutorService callers = Executors.newFixedThreadPool(CALLS);
    private final List<UUID> ids =
            Stream.generate(UUID::randomUUID).limit(CALLS).toList();

    @AfterEach
    void endCallers() {
        callers.shutdownNow();
    }

    /** Enqueues once, on a thread of its own: gives what the call threw, or null when the job was accepted. */
    private CompletableFuture<@Nullable Throwable> offer(Millrace millrace, UUID id) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        millrace.enqueue(Load.STEP.with(0).id(id));
                        journal.write("A", id);
                        return null;
                    } catch (Throwable e) {
                        return e;
                    }
                },
                callers);
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

    /** Enqueues until it is accepted. */
    private JobHandle<String> accept(Millrace millrace, UUID id) {
        List<JobHandle<String>> handles = new ArrayList<>();
        until("the job is accepted", () -> {
            try {
                handles.add(millrace.enqueue(Load.STEP.with(0).id(id)));
                journal.write("A", id);
                return true;
            } catch (StoreUnavailableException e) {
                return false;
            }
        });
        return handles.get(0);
    }

    /** Waits until the call is over, or replies are held and none has been added for a while: the server has had its say. */
    private void awaitEndOrSilence(CompletableFuture<?> call) {
        AtomicLong held = new AtomicLong();
        AtomicLong since = new AtomicLong(System.nanoTime());
        until("the call is over or is broken off", () -> {
            long now = server.proxy().heldBytes();
            if (held.getAndSet(now) != now) {
                since.set(System.nanoTime());
            }
            return call.isDone() || (now > 0 && System.nanoTime() - since.get() > SILENCE.toNanos());
        });
    }

    @Test
    void an_enqueue_during_an_outage_fails_clearly_and_repeated_with_its_id_makes_one_job() throws Exception {
        Millrace producer = millrace(server.address());
        server.server().kill();
        long began = System.nanoTime();

        List<CompletableFuture<@Nullable Throwable>> calls =
                ids.stream().map(id -> offer(producer, id)).toList();
        CompletableFuture.anyOf(calls.toArray(CompletableFuture[]::new)).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        long told = Duration.ofNanos(System.nanoTime() - began).toMillis();
        server.server().start();
        long refused = refused(calls);
        ids.forEach(id -> accept(producer, id));

        worker("one", server.address(), LEASE);
        Audit audit = finish();
        audit.print(
                "enqueue without a server",
                refused + " of " + CALLS + " calls refused, the first after " + told + " ms");
        audit.assertAllKept();
        assertThat(producer.jobs().count()).isEqualTo(CALLS);
    }

    @Test
    void an_enqueue_that_breaks_off_at_any_of_its_steps_can_be_repeated_and_makes_one_job() throws Exception {
        Millrace direct = millrace(server.address());
        Millrace producer = millrace(server.proxied());
        int jobs = 0;
        int refused = 0;
        int unheard = 0; // took effect, and the reply was held

        for (boolean broken = true; broken; ) {
            int step = jobs;
            accept(producer, UUID.randomUUID()); // so that connections are open
            UUID id = UUID.randomUUID();
            server.proxy().holdReplies(step);
            CompletableFuture<@Nullable Throwable> call = offer(producer, id);
            awaitEndOrSilence(call);
            // What was held may be another connection's reply, and the call still on its way.
            boolean arrived =
                    within(ARRIVAL, () -> !direct.store().get(List.of(id)).isEmpty());
            broken = !call.isDone() && step < MOST_STEPS;
            server.proxy().cut();
            server.proxy().flow();
            boolean failed = refused(List.of(call)) > 0;
            refused += failed ? 1 : 0;
            unheard += broken && arrived ? 1 : 0;
            Enqueued enqueued = accept(producer, id).enqueued();
            if (arrived) {
                assertThat(enqueued).isEqualTo(Enqueued.DUPLICATE);
            }
            jobs++;
        }

        worker("one", server.address(), LEASE);
        Audit audit = finish();
        audit.print(
                "enqueue broken off at " + jobs + " steps",
                refused + " calls refused, " + unheard + " had taken effect unheard");
        audit.assertAllKept();
        assertThat(unheard)
                .as("calls that took effect and whose reply was lost")
                .isPositive();
        assertThat(direct.jobs().count()).isEqualTo(2L * jobs);
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
