package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.StoreException;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.StoreDriver;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Closing a store: calls under way end as if it stayed open, later ones are refused. */
abstract class ClosingRules extends ContractPart {
    private static final int CALLERS = 4;
    private static final int JOBS_A_CALL = 20;

    @Test
    void jobs_of_calls_under_way_are_stored_and_answered_and_those_of_later_calls_are_not() throws Exception {
        try (StoreFixture place = contract.fixture()) {
            Store closing = place.open(clock, retention());
            Set<UUID> answered = ConcurrentHashMap.newKeySet();

            callUntilClosed(closing, () -> {
                List<NewJob> jobs = IntStream.range(0, JOBS_A_CALL)
                        .mapToObj(any -> Jobs.work().newJob())
                        .toList();
                closing.enqueue(jobs).forEach(answer -> answered.add(((Answer.Stored) answer).id()));
            });

            Store again = place.open(clock, retention());
            if (again != closing) { // else it is an engine whose jobs end with the store
                assertThat(new StoreDriver(again, clock).find(Filter.ALL))
                        .extracting(JobRecord::id)
                        .containsExactlyInAnyOrderElementsOf(answered);
            }
        }
    }

    @Test
    void looks_under_way_are_answered() throws Exception {
        try (StoreFixture place = contract.fixture()) {
            Store closing = place.open(clock, retention());
            new StoreDriver(closing, clock).enqueue(Jobs.many(JOBS_A_CALL, Jobs.WORK));

            callUntilClosed(closing, () -> {
                assertThat(closing.page(Filter.ALL, null, JOBS_A_CALL).jobs()).hasSize(JOBS_A_CALL);
                assertThat(closing.counts()).hasSize(1);
            });
        }
    }

    /**
     * Has several threads call, closes the store among their calls, and asserts that each call was answered or refused. A call
     * that was broken off would say that the store cannot be reached.
     */
    private static void callUntilClosed(Store closing, Runnable call) throws Exception {
        CountDownLatch calling = new CountDownLatch(CALLERS);
        List<Thread> callers = new ArrayList<>();
        Set<Throwable> ends = ConcurrentHashMap.newKeySet();
        for (int i = 0; i < CALLERS; i++) {
            Thread caller = new Thread(() -> {
                try {
                    while (true) {
                        call.run();
                        calling.countDown();
                    }
                } catch (RuntimeException | Error e) {
                    ends.add(e);
                    calling.countDown();
                }
            });
            caller.setDaemon(true);
            caller.start();
            callers.add(caller);
        }
        assertThat(calling.await(60, TimeUnit.SECONDS)).isTrue();

        closing.close();

        for (Thread caller : callers) {
            caller.join(60_000);
            assertThat(caller.isAlive())
                    .as("calls go on, though the store is closed")
                    .isFalse();
        }
        assertThat(ends)
                .hasSize(CALLERS)
                .allSatisfy(end -> assertThat(end)
                        .isInstanceOf(StoreException.class)
                        .isNotInstanceOf(StoreUnavailableException.class));
    }
}
