package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.Beat;
import dev.millrace.spi.Claim;
import dev.millrace.spi.ExchangeReply;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.SessionRecord;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.SessionDriver;
import dev.millrace.testkit.StoreDriver;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A worker's registration: opened, renewed, closed once and for good. */
abstract class SessionRules extends ContractPart {

    @Test
    void an_opened_session_is_known_with_its_worker_and_status() {
        UUID id = Jobs.newId();
        store.openSession(new SessionOpening(id, "host:42#1", "{\"version\":1}"));

        assertThat(store.sessions()).hasSize(1);
        SessionRecord session = store.sessions().get(0);
        assertThat(session.id()).isEqualTo(id);
        assertThat(session.worker()).isEqualTo("host:42#1");
        assertThat(session.status()).isEqualTo("{\"version\":1}");
        assertThat(session.claims()).isZero();
        assertThat(session.closedAt()).isNull();
        assertAbout(session.openedAt(), START);
        assertAbout(session.heardAt(), START);
    }

    @Test
    void opening_it_again_changes_only_its_description() {
        SessionDriver session = driver.session();
        driver.enqueue(Jobs.work());
        session.claimNext();
        clock.advance(SECOND.multipliedBy(10));

        store.openSession(new SessionOpening(session.id(), "renamed", "{\"version\":2}"));

        SessionRecord record = driver.sessionRecord(session);
        assertThat(record.worker()).isEqualTo("renamed");
        assertThat(record.status()).isEqualTo("{\"version\":2}");
        assertThat(record.claims()).isEqualTo(1);
        assertAbout(record.openedAt(), START);
        assertThat(store.sessions()).hasSize(1);
    }

    @Test
    void a_beat_renews_it_and_replaces_its_status() {
        SessionDriver session = driver.session();
        clock.advance(SECOND.multipliedBy(10));

        store.beat(new Beat(session.id(), "{\"busy\":3}", List.of()));

        assertThat(driver.sessionRecord(session).status()).isEqualTo("{\"busy\":3}");
        assertAbout(driver.sessionRecord(session).heardAt(), START.plusSeconds(10));
        assertAbout(driver.sessionRecord(session).openedAt(), START);
    }

    @Test
    void it_counts_its_claims() {
        driver.enqueue(Jobs.many(3, Jobs.WORK));
        SessionDriver session = driver.session();

        var claimed = session.claim(9);
        assertThat(driver.sessionRecord(session).claims()).isEqualTo(3);
        session.succeed(claimed.get(0));
        session.handBack(claimed.get(1));
        assertThat(driver.sessionRecord(session).claims()).isEqualTo(1);
    }

    @Test
    void it_is_closed_by_one_call_only() {
        SessionDriver session = driver.session();

        assertThat(session.close()).isTrue();
        assertThat(session.close()).isFalse();

        assertAbout(driver.sessionRecord(session).closedAt(), START);
    }

    @Test
    void of_many_that_close_it_exactly_one_does() {
        SessionDriver session = driver.session();

        List<Boolean> closed = Together.each(IntStream.range(0, 8).boxed().toList(), any -> session.close());

        assertThat(closed).containsOnlyOnce(true);
    }

    @Test
    void an_unknown_session_cannot_be_closed() {
        assertThat(store.closeSession(Jobs.newId())).isFalse();
    }

    @Test
    void a_closed_session_is_not_renewed_and_holds_nothing() {
        SessionDriver session = driver.session();
        driver.enqueue(Jobs.work());
        session.claimNext();
        session.close();
        clock.advance(SECOND.multipliedBy(10));

        var reply = session.beat();

        assertThat(reply.open()).isFalse();
        assertThat(reply.held()).isEmpty();
        assertThat(reply.cancelled()).isEmpty();
        assertAbout(driver.sessionRecord(session).heardAt(), START);
    }

    @Test
    void a_closed_session_gets_no_claims() {
        UUID job = driver.enqueue(Jobs.work());
        SessionDriver session = driver.session();
        session.close();

        ExchangeReply reply = session.exchange(List.of(), session.next(new Claim.Queues.AllBut(Set.of()), 9));

        assertThat(reply.open()).isFalse();
        assertThat(reply.claimed()).isEmpty();
        assertThat(session.claimThis(job)).isEmpty();
        assertThat(driver.state(job)).isEqualTo(JobState.READY);
    }

    @Test
    void an_unknown_session_is_treated_as_closed() {
        UUID job = driver.enqueue(Jobs.work());
        SessionDriver unknown = new StoreDriver(store, clock).session();
        unknown.close();
        clock.advance(HOUR.multipliedBy(2));
        driver.sweep();
        assertThat(store.sessions()).isEmpty();

        assertThat(unknown.beat().open()).isFalse();
        assertThat(unknown.claim(9)).isEmpty();
        assertThat(driver.state(job)).isEqualTo(JobState.READY);
        assertThat(store.sessions()).isEmpty();
    }

    @Test
    void closing_is_final() {
        UUID job = driver.enqueue(Jobs.work());
        SessionDriver session = driver.session();
        session.close();

        store.openSession(new SessionOpening(session.id(), session.worker(), "{}"));

        assertThat(session.beat().open()).isFalse();
        assertThat(session.claimThis(job)).isEmpty();
    }

    @Test
    void the_first_sweep_of_all_closes_no_session_for_there_was_a_pause_before_it() {
        SessionDriver session = driver.session();
        UUID job = driver.enqueue(Jobs.work());
        session.claimNext();
        clock.advance(HOUR);

        driver.sweep();

        assertThat(session.beat().open()).isTrue();
        assertThat(driver.state(job)).isEqualTo(JobState.RUNNING);
    }

    @Test
    void a_closed_session_is_remembered_for_an_hour() {
        SessionDriver closed = driver.session();
        SessionDriver open = driver.session();
        closed.close();

        clock.advance(HOUR.minus(MINUTE));
        open.beat();
        driver.sweep();
        assertThat(store.sessions()).extracting(SessionRecord::id).containsExactlyInAnyOrder(closed.id(), open.id());
        clock.advance(MINUTE.multipliedBy(2));
        open.beat();
        driver.sweep();
        assertThat(store.sessions()).extracting(SessionRecord::id).containsExactly(open.id());
    }

    @Test
    void it_is_the_same_session_in_every_view() {
        SessionDriver session = driver.session();
        UUID job = driver.enqueue(Jobs.work());
        StoreDriver second = secondView();

        assertThat(second.sessionRecord(session).worker()).isEqualTo(session.worker());
        SessionDriver there = session.through(fixture.open(clock, retention()));
        there.take(job);
        assertThat(session.beat().held()).hasSize(1);
        assertThat(there.close()).isTrue();
        assertThat(session.beat().open()).isFalse();
    }
}
