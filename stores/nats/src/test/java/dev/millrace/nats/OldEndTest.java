package dev.millrace.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Labels;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Notes;
import dev.millrace.spi.Parent;
import dev.millrace.spi.Retention;
import dev.millrace.spi.Wish;
import dev.millrace.testkit.Jobs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What of use lies in the old end of the stream is found a slice at a time. */
class OldEndTest {
    private static final Thrift THRIFT = new Thrift(0, 50, 10, 1_000_000, Duration.ZERO);

    private long next = 1;
    private Draft draft = new Draft(next, 1_000);
    private final Changes changes = new Changes(draft);
    private final Ledger ledger = new Ledger(Retention.DEFAULT, changes);
    private final Notebook notes = new Notebook(changes, (space, key, value, now) -> {});

    @Test
    void each_slice_is_small_and_all_of_them_together_find_everything() {
        Set<Object> old = new LinkedHashSet<>();
        for (int i = 0; i < 300; i++) {
            old.add(add(i));
        }
        for (int i = 0; i < 30; i++) {
            notes.put("space", "key" + i, new byte[9], Notes.ABSENT, null, 0);
            Job job = add(1_000 + i);
            commit();
            ledger.delete(job, 0);
        }
        old.addAll(notes.all());
        ledger.tombstones().all().forEach(stone -> old.add(stone.id));
        long upTo = commit();
        for (int i = 0; i < 500; i++) {
            add(2_000 + i);
        }
        commit();

        Set<Object> found = new LinkedHashSet<>();
        for (List<OldEnd.Found> slice : slices(upTo)) {
            assertThat(slice).hasSizeLessThanOrEqualTo(THRIFT.slice());
            slice.forEach(each -> found.add(each.kept() instanceof Tombstone stone ? stone.id : each.kept()));
        }

        assertThat(found).isEqualTo(old);
        assertThat(slices(upTo)).as("when all of it was written again").allMatch(List::isEmpty);
    }

    @Test
    void what_a_job_waits_for_is_found_in_slices_however_much_it_is() {
        Job child = add(1);
        for (int i = 0; i < 95; i++) {
            ledger.flow().wait(child.id(), new Parent(new UUID(8, i), "default", Wish.SUCCESS));
        }
        Set<Object> old = new LinkedHashSet<>(ledger.flow().ties().all());
        old.add(child);
        long upTo = commit();

        Set<Object> found = new LinkedHashSet<>();
        for (List<OldEnd.Found> slice : slices(upTo)) {
            assertThat(slice).hasSizeLessThanOrEqualTo(THRIFT.slice());
            slice.forEach(each -> found.add(each.kept()));
        }

        assertThat(found).isEqualTo(old);
        assertThat(slices(upTo)).as("when all of it was written again").allMatch(List::isEmpty);
    }

    @Test
    void jobs_that_have_nothing_there_are_passed_so_many_at_a_time() {
        long upTo = commit();
        for (int i = 0; i < 10 * THRIFT.look(); i++) {
            add(i);
        }
        commit();

        List<List<OldEnd.Found>> slices = slices(upTo);

        assertThat(slices).hasSizeBetween(10, 12).allMatch(List::isEmpty);
    }

    @Test
    void a_job_whose_entry_is_new_is_found_by_its_bytes_that_are_old() {
        Job job = add(1);
        Ref bytes = job.body;
        long upTo = commit();
        changes.touch(job);
        commit();

        List<OldEnd.Found> found = new ArrayList<>();
        slices(upTo).forEach(found::addAll);

        assertThat(found).singleElement().satisfies(each -> {
            assertThat(each.kept()).isSameAs(job);
            assertThat(each.refs()).containsExactly(bytes);
        });
    }

    @Test
    void a_slice_ends_with_the_job_that_has_many_bytes() {
        for (int i = 0; i < 4; i++) {
            ledger.enter(ledger.create(spec(i), changes.put(new byte[700_000])), 0);
        }
        long upTo = commit();

        OldEnd old = new OldEnd(upTo, THRIFT);

        assertThat(old.next(ledger, notes)).hasSize(2);
        assertThat(old.next(ledger, notes)).hasSize(2);
    }

    /** Goes over everything as the cleaner does. */
    private List<List<OldEnd.Found>> slices(long upTo) {
        OldEnd old = new OldEnd(upTo, THRIFT);
        List<List<OldEnd.Found>> slices = new ArrayList<>();
        while (!old.passed()) {
            List<OldEnd.Found> slice = old.next(ledger, notes);
            slices.add(slice);
            for (OldEnd.Found found : slice) {
                if (found.kept() instanceof Job job) {
                    job.body = changes.put(new byte[job.body.length()]);
                    changes.touch(job);
                } else if (found.kept() instanceof Tombstone stone) {
                    ledger.tombstones().rewrite(stone);
                } else {
                    changes.touch(found.kept());
                }
            }
            commit();
        }
        return slices;
    }

    /** Ends a commit, and gives the sequence that comes after it. */
    private long commit() {
        changes.seal();
        next += draft.data().size() + draft.journal(UUID.randomUUID(), 1, 1).size();
        draft = new Draft(next, 1_000);
        changes.begin(draft);
        return next;
    }

    private Job add(int number) {
        Job job = ledger.create(spec(number), changes.put(new byte[5]));
        job.keepUntil = Micros.NEVER;
        ledger.enter(job, 0);
        return job;
    }

    private static JobSpec spec(int number) {
        return new JobSpec(new UUID(7, number), Jobs.WORK, "default", 0, new byte[0], "", Labels.NONE, Keys.NONE, null);
    }
}
