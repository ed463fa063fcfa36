package dev.millrace.postgres;

import dev.millrace.JobState;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Transfer.Item;
import dev.millrace.spi.Verdict;
import dev.millrace.spi.Wish;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What imported jobs have to do with others: parents, which may come before or after them; groups, in which they keep the places that
 * they had; and keys that outlast their jobs' ends.
 */
final class ImportedTies {
    private static final List<Rows.Column> DEPENDENCY = Rows.columns(
            "child", "uuid",
            "parent", "uuid",
            "queue", "text",
            "wish", "integer",
            "verdict", "integer",
            "waits", "boolean");
    /** Unfinished jobs tell of their ends from now on. */
    private static final String MARK = """
            UPDATE @job SET marks = marks | MARK WHERE marks & MARK = 0 AND id = ANY (ARRAY(
              SELECT j.id FROM @job AS j WHERE j.id = ANY (?)
                AND EXISTS (SELECT 1 FROM @dependency AS d WHERE d.parent = j.id AND d.verdict IS NULL) ORDER BY j.id FOR UPDATE))
            """.replace("MARK", Integer.toString(Marks.DEPENDENTS));
    /** Those that had ended, and of whose end somebody has not heard, tell now. */
    private static final String TELL = """
            INSERT INTO @outbox (what, id, verdict)
            SELECT 0, h.id, CASE h.state WHEN 4 THEN 0 WHEN 5 THEN 1 ELSE (ARRAY[2, 1, 1, 3])[h.reason + 1] END
            FROM @history AS h WHERE h.id = ANY (?)
              AND EXISTS (SELECT 1 FROM @dependency AS d WHERE d.parent = h.id AND d.verdict IS NULL)
            """;

    private ImportedTies() {}

    /** The marks of a job by what it has to do with others. */
    static int marks(Item.Job item) {
        JobRecord job = item.job();
        JobSpec spec = job.spec();
        int marks = Marks.of(spec);
        boolean parents = !item.parents().isEmpty();
        boolean hopes = item.parents().stream().anyMatch(each -> each.parent().wish() == Wish.FAILURE);
        return marks
                | (parents || delay(item) != null ? Marks.PARENTS | Marks.SPEC : 0)
                | (hopes ? Marks.FAILURES : 0)
                | (job.gate() == Gate.PARENTS ? Marks.WAITS : 0)
                | (placed(job) ? Marks.HOLDS : 0)
                | (job.state().finished() && (marks & Marks.WINDOW) != 0 ? Marks.KEPT : 0);
    }

    static @Nullable Long delay(Item.Job item) {
        Duration delay = item.job().times().delay();
        return delay == null ? null : (Long) Spans.micros(delay);
    }

    /** Whether a job has a place in its group, which it keeps. */
    private static boolean placed(JobRecord job) {
        boolean placed = job.state() == JobState.READY || job.state() == JobState.RUNNING;
        return placed && job.spec().keys().group() != null;
    }

    /** Until when a job that has ended keeps its unique key. */
    static long keyUntil(Item.Job item) {
        Keys.Unique unique = item.job().spec().keys().unique();
        if (unique == null || !item.job().state().finished()) {
            return Long.MIN_VALUE;
        }
        if (unique.scope() == Keys.Scope.STORED) {
            return Micros.NEVER;
        }
        return unique.window().isZero()
                ? Long.MIN_VALUE
                : Imports.finished(item.job().times()) + Spans.micros(unique.window());
    }

    /** Takes what belongs to jobs that were just stored. */
    static void take(Tx tx, List<Item.Job> added) throws SQLException {
        Slots.enter(
                tx,
                added.stream()
                        .filter(item -> !item.job().state().finished())
                        .map(item -> item.job().spec())
                        .toList());
        for (Item.Job item : added) {
            long until = keyUntil(item);
            if (until > tx.now()) {
                tx.later(
                        "UPDATE @holder SET until = ? WHERE kind = ? AND name = ? AND id = ?",
                        until,
                        item.job().spec().kind(),
                        item.job().spec().keys().uniqueKey(),
                        item.job().id());
            }
        }
        takeParents(tx, added);
    }

    private static void takeParents(Tx tx, List<Item.Job> added) throws SQLException {
        Rows rows = new Rows("@dependency", DEPENDENCY);
        Set<UUID> touched = new LinkedHashSet<>();
        for (Item.Job item : added) {
            touched.add(item.job().id());
            boolean met = item.parents().stream()
                    .anyMatch(each -> each.parent().wish() == Wish.FAILURE && each.verdict() == Verdict.FAILED);
            for (Dependency each : item.parents()) {
                touched.add(each.parent().job());
                rows.add(row(item, each, met));
            }
        }
        rows.insert(tx.sql);
        UUID[] ids = Job.sorted(touched);
        tx.sql.update(MARK, (Object) ids);
        if (tx.sql.update(TELL, (Object) ids) > 0) {
            tx.cause();
        }
    }

    private static List<@Nullable Object> row(Item.Job item, Dependency dependency, boolean met) {
        Wish wish = dependency.parent().wish();
        Keys.Member member = item.job().spec().keys().member();
        boolean head = member != null && member.workflow().equals(item.job().id());
        List<@Nullable Object> values = new ArrayList<>();
        values.add(dependency.child());
        values.add(dependency.parent().job());
        values.add(Sql.clean(dependency.parent().queue()));
        values.add(head && wish == Wish.END ? Codes.MEMBER : Codes.of(wish));
        values.add(dependency.verdict() == null ? null : (Integer) Codes.of(dependency.verdict()));
        values.add(dependency.verdict() == null && !(met && wish == Wish.FAILURE));
        return values;
    }
}
