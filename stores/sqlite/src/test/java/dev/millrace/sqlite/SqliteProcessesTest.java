package dev.millrace.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.Filter;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.Store;
import dev.millrace.spi.Store.Signal;
import dev.millrace.spi.Store.Subscription;
import dev.millrace.spi.Sweep;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several processes on one file. */
class SqliteProcessesTest {
    private static final Sweep SWEEP = new Sweep(Duration.ofHours(1), 100);

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("jobs.db");
    }

    @Test
    void another_processs_commit_wakes_the_attentive() throws Exception {
        try (Store store = Stores.open(file, "");
                OtherProcess other = OtherProcess.start(file)) {
            LinkedBlockingQueue<EnumSet<Signal>> heard = new LinkedBlockingQueue<>();
            try (Subscription subscription = store.listen(heard::add)) {
                subscription.attentive(true);
                // The first look may find what happened before it.
                store.putNote("a", "b", new byte[0], 0, null);
                other.tell("enqueue");
                EnumSet<Signal> signals = EnumSet.noneOf(Signal.class);
                while (!signals.contains(Signal.READY)) {
                    signals = heard.poll(30, TimeUnit.SECONDS);
                    assertThat(signals).as("a wake-up").isNotNull();
                }
            }
        }
    }

    @Test
    void the_jobs_of_a_killed_process_are_rescued_at_once() throws Exception {
        try (Store store = Stores.open(file, "");
                OtherProcess other = OtherProcess.start(file)) {
            JobDraft job = Jobs.work();
            store.enqueue(List.of(job.newJob()));
            UUID session = UUID.fromString(other.tell("claim"));
            assertThat(lockFiles()).containsExactly(session + ".lock");

            assertThat(store.sweep(SWEEP).rescued())
                    .as("rescued while it lives")
                    .isZero();
            assertThat(state(store, job)).isEqualTo(JobState.RUNNING);

            other.kill();

            assertThat(store.sweep(SWEEP).rescued())
                    .as("rescued after its death")
                    .isOne();
            assertThat(state(store, job)).isEqualTo(JobState.READY);
            assertThat(store.sessions()).allMatch(each -> each.closedAt() != null);
            assertThat(store.closeSession(session)).isFalse();
            assertThat(lockFiles()).isEmpty();
        }
    }

    @Test
    void a_process_never_takes_its_own_sessions_for_dead() throws Exception {
        UUID session = UUID.randomUUID();
        try (Store store = Stores.open(file, "");
                Store second = Stores.open(file, "");
                OtherProcess other = OtherProcess.start(file)) {
            store.openSession(new SessionOpening(session, "own", "{}"));

            second.sweep(SWEEP);
            store.sweep(SWEEP);
            other.tell("enqueue");

            assertThat(store.sessions()).allMatch(each -> each.closedAt() == null);
            assertThat(lockFiles()).containsExactly(session + ".lock");
            assertThat(store.closeSession(session)).isTrue();
            assertThat(lockFiles()).isEmpty();
        }
    }

    @Test
    void a_session_whose_store_was_closed_is_left_to_the_lease() {
        UUID session = UUID.randomUUID();
        try (Store store = Stores.open(file, "")) {
            store.openSession(new SessionOpening(session, "own", "{}"));
        }
        try (Store store = Stores.open(file, "")) {
            store.sweep(SWEEP);
            assertThat(store.sessions()).allMatch(each -> each.closedAt() == null);
        }
    }

    private List<String> lockFiles() throws Exception {
        Path locks = Path.of(file + "-sessions");
        if (!Files.isDirectory(locks)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(locks)) {
            return files.map(each -> each.getFileName().toString()).toList();
        }
    }

    private static JobState state(Store store, JobDraft job) {
        return store.page(Filter.ids(Set.of(job.id())), null, 1).jobs().get(0).state();
    }
}
