package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.SessionCommand;
import dev.millrace.spi.Store;
import dev.millrace.spi.Store.Signal;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.SessionDriver;
import dev.millrace.testkit.StoreDriver;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Wake-ups come to those who are attentive. They may be lost, so a test gives the cause again, a few times, before it says
 * that none came.
 */
abstract class WakeUpRules extends ContractPart {
    private static final int TRIES = 5;
    private static final Duration EACH = Duration.ofSeconds(2);

    @Test
    void an_enqueued_job_wakes() {
        assertWakes(Signal.READY, store, () -> driver.enqueue(Jobs.work()));
    }

    @Test
    void a_job_enqueued_by_another_view_wakes() {
        StoreDriver other = secondView();

        assertWakes(Signal.READY, store, () -> other.enqueue(Jobs.work()));
    }

    @Test
    void a_job_that_is_handed_back_wakes() {
        SessionDriver session = driver.session();
        driver.enqueue(Jobs.work());

        assertWakes(Signal.READY, store, () -> session.handBack(session.claimNext()));
    }

    @Test
    void a_job_that_ended_wakes() {
        SessionDriver session = driver.session();

        assertWakes(Signal.FINISHED, store, () -> session.succeed(next(session)));
    }

    @Test
    void a_job_that_ended_through_another_view_wakes() {
        SessionDriver session = secondView().session();

        assertWakes(Signal.FINISHED, store, () -> session.succeed(next(session)));
    }

    @Test
    void a_job_that_was_cancelled_while_it_waited_wakes() {
        assertWakes(Signal.FINISHED, store, () -> driver.cancel(driver.enqueue(Jobs.work())));
    }

    @Test
    void a_job_that_its_parents_end_or_a_place_in_its_group_lets_through_wakes() {
        SessionDriver session = driver.session();

        assertWakes(Signal.READY, store, () -> {
            JobDraft parent = Jobs.work();
            driver.enqueue(List.of(parent, Jobs.work().after(parent)));
            session.succeed(session.take(parent.id()));
        });
        assertWakes(Signal.READY, store, () -> {
            JobDraft first = Jobs.work().serial("k");
            driver.enqueue(List.of(first, Jobs.work().serial("k")));
            driver.cancel(first.id());
        });
    }

    @Test
    void a_cancel_request_wakes() {
        SessionDriver session = driver.session();
        UUID id = next(session).spec().id();

        assertWakes(Signal.CONTROL, store, () -> driver.cancel(id));
    }

    @Test
    void a_command_to_a_session_wakes() {
        SessionDriver session = driver.session();

        assertWakes(Signal.CONTROL, store, () -> store.command(session.id(), SessionCommand.QUIET));
    }

    @Test
    void each_of_two_listeners_is_woken() {
        CountDownLatch one = new CountDownLatch(1);
        CountDownLatch two = new CountDownLatch(1);
        try (Store.Subscription first = store.listen(signals -> one.countDown());
                Store.Subscription second = store.listen(signals -> two.countDown())) {
            first.attentive(true);
            second.attentive(true);

            assertThat(eventually(one, () -> driver.enqueue(Jobs.work()))).isTrue();
            assertThat(eventually(two, () -> driver.enqueue(Jobs.work()))).isTrue();
        }
    }

    private ClaimedJob next(SessionDriver session) {
        driver.enqueue(Jobs.work());
        return session.claimNext();
    }

    private static void assertWakes(Signal signal, Store listening, Runnable cause) {
        CountDownLatch woken = new CountDownLatch(1);
        Store.WakeListener listener = (EnumSet<Signal> signals) -> {
            if (signals.contains(signal)) {
                woken.countDown();
            }
        };
        try (Store.Subscription subscription = listening.listen(listener)) {
            subscription.attentive(true);

            assertThat(eventually(woken, cause)).as("woken by %s", signal).isTrue();
        }
    }

    private static boolean eventually(CountDownLatch woken, Runnable cause) {
        for (int i = 0; i < TRIES; i++) {
            cause.run();
            try {
                if (woken.await(EACH.toMillis(), TimeUnit.MILLISECONDS)) {
                    return true;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return false;
    }
}
