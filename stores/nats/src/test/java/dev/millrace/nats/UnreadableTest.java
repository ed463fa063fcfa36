package dev.millrace.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.Claim;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.Retention;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store.Signal;
import dev.millrace.spi.StoreAddress;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.ManualClock;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of a claimed job with a step whose bytes were not there when they were to be given. */
class UnreadableTest {
    private final UUID session = UUID.randomUUID();
    private final Changes changes = new Changes(new Draft(1, 1_000));
    private Link link;
    private Desk desk;
    private Job job;
    private Shown claimed;
    private long exchanges;

    @BeforeEach
    void claimAJobWithAStep() {
        link = Link.open(Settings.of(StoreAddress.parse(Servers.server().url())));
        ManualClock clock = new ManualClock(Instant.parse("2030-01-01T00:00:00Z"));
        desk = new Desk(Retention.DEFAULT, new ServerClock(clock), new Shelf(link), changes);
        handle(new Call.OpenSession(new SessionOpening(session, "worker", "")));
        JobDraft draft = Jobs.work();
        handle(new Call.Enqueue(List.of(draft.newJob())));
        job = Objects.requireNonNull(desk.ledger().find(draft.id()));
        claim(List.of());
        handle(new Call.Checkpoint(new Shown(job).run(), "charge", new byte[] {4, 2}));
        claim(List.of(Settlement.of(new Shown(job).run(), new Outcome.HandedBack(true))));
        claimed = new Shown(job);
        assertThat(job.state).isEqualTo(JobState.RUNNING);
    }

    @AfterEach
    void close() {
        link.close();
    }

    @Test
    void it_waits_for_its_turn_again_when_only_its_steps_were_moved_meanwhile() {
        job.trail = job.trail.stream()
                .map(trace -> changes.put(new byte[trace.length()]))
                .toList();

        desk.endUnread(claimed, "gone");

        assertThat(job.state).isEqualTo(JobState.READY);
    }

    @Test
    void it_waits_for_its_turn_again_when_its_traces_were_made_one_meanwhile() {
        job.trail = List.of(changes.put(new byte[5]));

        desk.endUnread(claimed, "gone");

        assertThat(job.state).isEqualTo(JobState.READY);
    }

    @Test
    void it_has_failed_when_they_are_lost_whatever_was_told_meanwhile() {
        handle(new Call.Checkpoint(claimed.run(), "ship", new byte[] {1}));

        desk.endUnread(claimed, "gone");

        assertThat(job.state).isEqualTo(JobState.FAILED);
    }

    private void claim(List<Settlement> outcomes) {
        Claim claim = new Claim.Next(new Claim.Queues.AllBut(Set.of()), Set.of(Jobs.WORK), -1_000, 1, 0);
        handle(new Call.Exchanging(new Exchange(session, ++exchanges, outcomes, claim)));
    }

    private void handle(Call<?> call) {
        desk.handle(new Asking(call, Retention.DEFAULT), EnumSet.noneOf(Signal.class));
    }
}
