package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.JobHandle;
import dev.millrace.JobInfo;
import dev.millrace.JobState;
import dev.millrace.Millrace;
import dev.millrace.MoveException;
import dev.millrace.MoveReport;
import dev.millrace.PermanentFailure;
import dev.millrace.TransferProgress;
import dev.millrace.TransferProgress.Phase;
import dev.millrace.Worker;
import dev.millrace.spi.Claim;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.Notes;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.testkit.Faults;
import dev.millrace.testkit.Faults.Call;
import dev.millrace.testkit.FaultyStore;
import dev.millrace.testkit.contract.Books;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** From one store to another: all of it, as it was, however often the way is broken off. */
abstract class MoveRules extends WorkerPart {
    private static final int MANY = 1_500;

    /** Jobs in all states but RUNNING, with all that jobs leave, and notes. */
    private List<JobHandle<?>> fill() {
        List<JobHandle<?>> handles = new ArrayList<>();
        handles.add(millrace.enqueue(
                ECHO.with("hello").tag("a", "b").meta("locale", "en").keepFor(Duration.ofDays(3))));
        handles.add(millrace.enqueue(ECHO.with("bad").priority(-1)));
        handles.add(millrace.enqueue(ECHO.with("again")));
        handles.add(millrace.enqueue(ECHO.with("chatty")));
        Worker worker = build(worker().handle(ECHO, (text, job) -> {
            job.log("a line about %s, null: \0, grüße \uD83D\uDE00", text);
            job.progress(1, 2, "half");
            job.once("charge", String.class, () -> "charged " + text);
            switch (text) {
                case "bad" -> throw new PermanentFailure("it is bad");
                case "again" -> throw new IllegalStateException("not yet");
                case "chatty" -> chat(job::log);
                default -> {}
            }
            return text + "!";
        }));
        worker.drain();
        worker.close();
        handles.add(
                millrace.enqueue(WORK.with(1).uniqueKey("key").queue("other").serial("customer:7")));
        handles.add(millrace.enqueue(WORK.with(2).in(Duration.ofDays(1)).expiresIn(Duration.ofDays(2))));
        handles.add(millrace.enqueue(WORK, 3));
        handles.get(handles.size() - 1).cancel();
        millrace.queue("mail").pause();
        store.putNote("a space", "lasting", new byte[] {1, 0, 2}, Notes.ABSENT, null);
        store.putNote("a space", "fleeting", new byte[0], Notes.ABSENT, Duration.ofDays(1));
        return handles;
    }

    private interface Log {
        void line(String format, Object... arguments);
    }

    /** More than is kept of a job, so that the oldest lines go. */
    private static void chat(Log log) {
        for (int i = 0; i < 80; i++) {
            log.line("%d %s", i, "x".repeat(1_000));
        }
    }

    @Test
    void a_move_carries_everything_as_it_was() throws Exception {
        List<JobHandle<?>> handles = fill();
        Millrace target = elsewhere();

        MoveReport report = millrace.moveTo(target);

        assertThat(report.jobs()).isEqualTo(handles.size());
        assertThat(report.notes()).isEqualTo(3);
        assertThat(report.taken()).isEqualTo(handles.size() + 3);
        assertThat(report.others()).isZero();
        for (JobHandle<?> handle : handles) {
            JobInfo after = target.job(handle.id()).orElseThrow();
            assertThat(after.record())
                    .usingRecursiveComparison()
                    .isEqualTo(handle.info().record());
            assertThat(target.store().trail(handle.id()))
                    .usingRecursiveComparison()
                    .isEqualTo(store.trail(handle.id()));
        }
        assertThat(target.handle(ECHO, handles.get(0).id()).await(PATIENCE)).isEqualTo("hello!");
        assertThat(target.queue("mail").paused()).isTrue();
        assertThat(target.enqueue(WORK.with(9).uniqueKey("key")).id())
                .isEqualTo(handles.get(4).id());
        assertThat(Books.faults(target.store())).isEmpty();
    }

    @Test
    void a_revision_of_a_note_never_goes_back() {
        long before = 0;
        for (int i = 0; i < 5; i++) {
            before = store.putNote("a space", "a key", new byte[] {1}, before, null)
                    .orElseThrow();
        }
        Millrace target = elsewhere();

        millrace.moveTo(target);

        long after = target.store().note("a space", "a key").orElseThrow().revision();
        assertThat(after).isGreaterThanOrEqualTo(before);
        assertThat(target.store().putNote("a space", "a key", new byte[] {2}, after, null))
                .hasValueSatisfying(next -> assertThat(next).isGreaterThan(after));
    }

    @Test
    void a_move_that_is_repeated_or_goes_back_changes_nothing() {
        fill();
        Millrace target = elsewhere();
        MoveReport first = millrace.moveTo(target);

        MoveReport again = millrace.moveTo(target);
        MoveReport back = target.moveTo(millrace);

        assertThat(again.taken()).isZero();
        assertThat(back.taken()).isZero();
        assertThat(again.digest()).isEqualTo(first.digest());
        assertThat(back.digest()).isEqualTo(first.digest());
    }

    @Test
    void a_move_that_breaks_off_at_any_page_goes_on_when_it_is_run_again() {
        enqueueWork(MANY);
        fill();
        FaultyStore target = new FaultyStore(emptyPlace());
        Millrace other = over(target);

        int broken = 0;
        for (int page = 0; page < 4; page++) {
            broken += breaksOff(other, faults(), Call.EXPORT_PAGE, page, Faults::failBefore);
            broken += breaksOff(other, target.faults(), Call.IMPORT_ITEMS, page, Faults::failBefore);
            broken += breaksOff(other, target.faults(), Call.IMPORT_ITEMS, page, Faults::loseReply);
        }
        broken += breaksOff(other, target.faults(), Call.EXPORT_PAGE, 0, Faults::failBefore);
        MoveReport report = millrace.moveTo(other);

        assertThat(broken).isEqualTo(13);
        assertThat(report.jobs()).isEqualTo(MANY + 7);
        assertThat(report.taken()).isZero();
        assertThat(report.others()).isZero();
    }

    private interface Breaking {
        void plan(Faults faults, Call call, int times);
    }

    /** Runs a move that one call breaks off, after so many that pass; says 1 if it broke off. */
    private int breaksOff(Millrace target, Faults faults, Call call, int passing, Breaking breaking) {
        faults.letPass(call, passing);
        breaking.plan(faults, call, 1);
        try {
            millrace.moveTo(target);
            return 0;
        } catch (StoreUnavailableException e) {
            return 1;
        }
    }

    @Test
    void live_workers_on_either_side_are_a_reason_to_refuse() {
        enqueueWork(3);
        Millrace target = elsewhere();
        Worker here = start(worker().handle(ECHO, (text, job) -> text));

        assertThatThrownBy(() -> millrace.moveTo(target))
                .isInstanceOf(MoveException.class)
                .hasMessageContainingAll("source", "Stop them");
        here.close();
        Worker there = start(hasty(target).handle(ECHO, (text, job) -> text));
        assertThatThrownBy(() -> millrace.moveTo(target))
                .isInstanceOf(MoveException.class)
                .hasMessageContainingAll("target", "Stop them");
        there.close();

        assertThat(target.jobs().count()).isZero();
        assertThat(millrace.moveTo(target).jobs()).isEqualTo(3);
    }

    @Test
    void a_worker_that_begins_on_either_side_while_it_moves_is_a_reason_to_refuse() {
        enqueueWork(3);
        Millrace target = elsewhere();

        for (Store side : List.of(store, target.store())) {
            UUID session = UUID.randomUUID();
            AtomicBoolean opened = new AtomicBoolean();
            assertThatThrownBy(() -> millrace.moveTo(target, progress -> {
                        if (progress.phase() == Phase.COPYING && opened.compareAndSet(false, true)) {
                            side.openSession(new SessionOpening(session, "the late one", "{}"));
                        }
                    }))
                    .isInstanceOf(MoveException.class)
                    .hasMessageContainingAll(
                            "workers are live on the " + (side == store ? "source" : "target"),
                            "the late one",
                            "Stop them",
                            "run the move again");
            side.closeSession(session);
        }

        assertThat(millrace.moveTo(target).jobs()).isEqualTo(3);
    }

    @Test
    void a_dead_worker_does_not_stop_a_move_and_its_death_counts() {
        JobHandle<Integer> handle = enqueueWork(1).get(0);
        UUID dead = UUID.randomUUID();
        store.openSession(new SessionOpening(dead, "dead", "{\"leaseMillis\":1}"));
        Claim one = new Claim.One(handle.id(), Set.of(WORK.kind()));
        assertThat(store.exchange(new Exchange(dead, 1, List.of(), one)).claimed())
                .hasSize(1);
        Millrace target = elsewhere();

        until("the session's lease is over", () -> silentSession(dead));
        millrace.moveTo(target);

        JobInfo moved = target.job(handle.id()).orElseThrow();
        assertThat(moved.state()).isEqualTo(JobState.READY);
        assertThat(moved.record().run().rescues()).isEqualTo(1);
    }

    private boolean silentSession(UUID id) {
        return store.sessions().stream()
                .filter(session -> session.id().equals(id))
                .anyMatch(session ->
                        Duration.between(session.heardAt(), store.now()).toMillis() > 2);
    }

    @Test
    void jobs_that_come_in_while_it_moves_are_noticed_and_taken_along_by_the_next_run() {
        enqueueWork(300);
        Millrace target = elsewhere();
        AtomicBoolean came = new AtomicBoolean();

        assertThatThrownBy(() -> millrace.moveTo(target, progress -> comeIn(progress, came)))
                .isInstanceOf(MoveException.class)
                .hasMessageContainingAll("came into the source", "Run the move again");

        assertThat(millrace.moveTo(target).jobs()).isEqualTo(301);
        assertThat(target.jobs().count()).isEqualTo(301);
    }

    private void comeIn(TransferProgress progress, AtomicBoolean came) {
        if (progress.phase() == Phase.COMPARING && came.compareAndSet(false, true)) {
            millrace.enqueue(WORK, 300);
        }
    }

    @Test
    void what_changed_since_it_was_carried_is_told_and_not_overwritten() {
        JobHandle<Integer> handle = enqueueWork(5).get(2);
        Millrace target = elsewhere();
        millrace.moveTo(target);
        target.handle(WORK, handle.id()).cancel();

        assertThatThrownBy(() -> millrace.moveTo(target))
                .isInstanceOf(MoveException.class)
                .hasMessageContainingAll("not alike", "1 (job " + handle.id() + ")");

        assertThat(target.job(handle.id()).orElseThrow().state()).isEqualTo(JobState.CANCELLED);
        assertThat(handle.state()).isEqualTo(JobState.READY);
    }

    @Test
    void what_the_target_holds_of_its_own_is_left_alone_and_counted() {
        enqueueWork(5);
        Millrace target = elsewhere();
        JobHandle<String> own = target.enqueue(ECHO, "mine");

        MoveReport report = millrace.moveTo(target);

        assertThat(report.others()).isEqualTo(1);
        assertThat(report.jobs()).isEqualTo(5);
        assertThat(target.job(own.id())).isPresent();
        assertThat(target.jobs().count()).isEqualTo(6);
    }

    @Test
    void a_store_is_not_moved_to_itself() {
        enqueueWork(1);

        assertThatThrownBy(() -> millrace.moveTo(another()))
                .isInstanceOf(MoveException.class)
                .hasMessageContaining("one and the same");
    }
}
