package dev.millrace.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Keys.Conflict;
import dev.millrace.spi.Keys.Scope;
import dev.millrace.spi.Labels;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Retention;
import dev.millrace.testkit.Jobs;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A job's entry in the journal. */
class JobEntryTest {
    private static final UUID ID = new UUID(7, 8);

    private final Ledger ledger = new Ledger(Retention.DEFAULT, new Changes(new Draft(1, 1_000)));

    @Test
    void what_ties_a_job_to_others_is_in_its_entry() {
        Keys keys = new Keys(
                new Keys.Unique("key", Conflict.KEEP_DUE, Scope.UNFINISHED, Duration.ofMinutes(5)),
                new Keys.Group("customer", "7", true),
                new Keys.Member(new UUID(1, 2), "first"));
        Job job = job(keys, Set.of("a", "b"));
        job.state = JobState.BLOCKED;
        job.gate = Gate.GROUP;
        job.holdsSlot = true;
        job.keyPassedOn = true;
        job.delay = 1_234_567;

        Job read = again(job);

        assertThat(read.spec.keys()).isEqualTo(keys);
        assertThat(read.spec.labels().tags()).containsExactlyInAnyOrder("a", "b");
        assertThat(read.state).isEqualTo(JobState.BLOCKED);
        assertThat(read.gate).isEqualTo(Gate.GROUP);
        assertThat(read.holdsSlot).isTrue();
        assertThat(read.keyPassedOn).isTrue();
        assertThat(read.delay).isEqualTo(1_234_567);
    }

    @Test
    void a_plain_job_has_none_of_it_and_pays_no_byte_for_it() {
        Job plain = job(Keys.NONE, Set.of());
        int before = bytes(plain).length;
        plain.delay = 1;

        Job read = again(job(Keys.NONE, Set.of()));

        assertThat(read.spec.keys()).isEqualTo(Keys.NONE);
        assertThat(read.gate).isNull();
        assertThat(read.holdsSlot || read.keyPassedOn).isFalse();
        assertThat(read.delay).isEqualTo(Micros.NEVER);
        // The flags take a byte more where there is one behind the first six, and gate, marks and delay one each.
        assertThat(bytes(plain)).hasSize(before + 4);
    }

    @Test
    void an_entry_of_layout_1_is_read() {
        Out out = new Out(64).uuid(ID).number(1).text("mail").text("send").number(3);
        out.number(2)
                .text("a")
                .text("b")
                .textOrNull("welcome")
                .textOrNull("ada")
                .number(1);
        Ref.write(out, new Ref(9, 1, 0, 4));
        out.number(5).number(1_000).number(3).one(2).one(-1).one(-1);
        out.flag(true).number(0).flag(false).number(0).number(0).number(0).number(0);
        out.flag(false).flag(false).flag(false);
        Ref.write(out, null);
        out.textOrNull(null);

        Job read = JobEntry.read(new In(out.toBytes()), ledger);

        assertThat(read.id()).isEqualTo(ID);
        assertThat(read.state).isEqualTo(JobState.READY);
        assertThat(read.spec.labels().tags()).containsExactlyInAnyOrder("a", "b");
        assertThat(read.spec.keys()).isEqualTo(new Keys(Keys.Unique.of("welcome"), Keys.Group.serial("ada"), null));
        assertThat(read.arrival).isEqualTo(5);
        assertThat(again(read).spec).isEqualTo(read.spec);
    }

    private Job job(Keys keys, Set<String> tags) {
        JobSpec spec =
                new JobSpec(ID, Jobs.WORK, "default", 0, new byte[0], "", new Labels(tags, Map.of()), keys, null);
        return ledger.create(spec, new Ref(3, 1, 0, 10));
    }

    private Job again(Job job) {
        In in = new In(bytes(job));
        assertThat(in.one()).isEqualTo(JobEntry.SORT);
        Job read = JobEntry.read(in, ledger);
        assertThat(in.hasMore()).isFalse();
        return read;
    }

    private static byte[] bytes(Job job) {
        Out out = new Out(64);
        job.write(out);
        return out.toBytes();
    }
}
