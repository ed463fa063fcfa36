package dev.millrace.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.spi.Filter;
import dev.millrace.spi.Retention;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.testkit.Faults.Call;
import dev.millrace.testkit.contract.AddressFixture;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FaultyStoreTest {
    private final ManualClock clock = new ManualClock(Instant.parse("2030-01-01T00:00:00Z"));
    private final AddressFixture fixture = new AddressFixture("memory:");
    private final Store inner = fixture.open(clock, Retention.DEFAULT);
    private final FaultyStore store = new FaultyStore(inner);
    private final StoreDriver driver = new StoreDriver(store, clock);

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void without_faults_it_is_the_store_within() {
        UUID id = driver.enqueue(Jobs.work());
        SessionDriver session = driver.session();

        session.succeed(session.claimNext());

        assertThat(new StoreDriver(inner, clock).job(id))
                .usingRecursiveComparison()
                .isEqualTo(driver.job(id));
        assertThat(store.info()).isEqualTo(inner.info());
        assertThat(store.verify()).isEmpty();
    }

    @Test
    void a_call_that_fails_before_has_no_effect() {
        store.faults().failBefore(Call.ENQUEUE, 2);

        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> driver.offer(Jobs.work())).isInstanceOf(StoreUnavailableException.class);
        }

        assertThat(driver.find(Filter.ALL)).isEmpty();
        driver.enqueue(Jobs.work());
    }

    @Test
    void faults_befall_the_calls_after_those_that_are_let_pass() {
        store.faults().letPass(Call.ENQUEUE, 2);
        store.faults().failBefore(Call.ENQUEUE, 1);

        driver.enqueue(Jobs.work());
        driver.enqueue(Jobs.work());

        assertThatThrownBy(() -> driver.offer(Jobs.work())).isInstanceOf(StoreUnavailableException.class);
        assertThat(driver.find(Filter.ALL)).hasSize(2);
    }

    @Test
    void a_call_whose_reply_is_lost_has_its_effect() {
        JobDraft draft = Jobs.work();
        store.faults().loseReply(Call.ENQUEUE, 1);

        assertThatThrownBy(() -> driver.offer(draft)).isInstanceOf(StoreUnavailableException.class);

        assertThat(driver.exists(draft.id())).isTrue();
    }

    @Test
    void faults_come_in_the_order_in_which_they_were_asked_for_and_only_to_their_call() {
        JobDraft first = Jobs.work();
        JobDraft second = Jobs.work();
        store.faults().failBefore(Call.ENQUEUE, 1);
        store.faults().loseReply(Call.ENQUEUE, 1);
        driver.session();

        assertThatThrownBy(() -> driver.offer(first)).isInstanceOf(StoreUnavailableException.class);
        assertThatThrownBy(() -> driver.offer(second)).isInstanceOf(StoreUnavailableException.class);

        assertThat(driver.exists(first.id())).isFalse();
        assertThat(driver.exists(second.id())).isTrue();
    }

    @Test
    void while_it_is_down_every_call_fails() {
        store.faults().goDown();
        assertThatThrownBy(driver::sweep).isInstanceOf(StoreUnavailableException.class);
        assertThatThrownBy(driver::session).isInstanceOf(StoreUnavailableException.class);

        store.faults().comeBack();

        driver.sweep();
    }

    @Test
    void a_blocked_call_has_no_effect_until_its_gate_is_opened() throws Exception {
        JobDraft draft = Jobs.work();
        Faults.Gate gate = store.faults().block(Call.ENQUEUE);
        CompletableFuture<UUID> enqueued = CompletableFuture.supplyAsync(() -> driver.enqueue(draft));

        gate.awaitCall();
        assertThat(driver.exists(draft.id())).isFalse();
        gate.open();

        assertThat(enqueued.get(10, TimeUnit.SECONDS)).isEqualTo(draft.id());
        assertThat(driver.exists(draft.id())).isTrue();
    }

    @Test
    void calls_are_counted_failed_ones_too() {
        store.faults().failBefore(Call.SWEEP, 1);
        assertThatThrownBy(driver::sweep).isInstanceOf(StoreUnavailableException.class);

        driver.sweep();

        assertThat(store.faults().calls(Call.SWEEP)).isEqualTo(2);
        assertThat(store.faults().calls(Call.BEAT)).isZero();
    }
}
