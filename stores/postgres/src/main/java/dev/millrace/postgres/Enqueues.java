package dev.millrace.postgres;

import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Labels;
import dev.millrace.spi.Micros;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Store.Signal;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How jobs come in. A batch of plain jobs is one round trip: an insert of all, and a look for those whose ids are known from
 * before, which takes them out again. (A look before the insert would miss a job that ends at that moment: it is in neither
 * place then, or in the old one.) Jobs with labels, keys or large payloads take a transaction with a few statements more.
 */
final class Enqueues {
    /** Payloads up to this size lie in the job's row, which a claim and a settle rewrite; larger ones beside it. */
    static final int INLINE_PAYLOAD = 512;

    /** How often the lanes are read anew when the server has others. */
    private static final int TRIES = 3;

    private Enqueues() {}

    static List<Answer> enqueue(Calls calls, List<NewJob> jobs) {
        jobs.forEach(Enqueues::checkTimes);
        if (jobs.size() == 1 && SingleEnqueue.takes(jobs.get(0)) && SingleEnqueue.store(calls, jobs.get(0))) {
            return List.of(new Answer.Stored(jobs.get(0).spec().id()));
        }
        List<Lanes.Name> names = names(jobs);
        calls.run(sql -> {
            calls.lanes().make(sql, names);
            return true;
        });
        boolean plain = plain(jobs);
        for (int tries = 1; ; tries++) {
            try {
                List<Answer> answers = plain
                        ? calls.run(sql -> plain(sql, calls, jobs, names))
                        : calls.transactBriefly(tx -> rich(tx, jobs, names, Ties.Telling.AT_ONCE));
                calls.ring(EnumSet.of(Signal.READY));
                return answers;
            } catch (Lanes.Changed e) {
                if (tries == TRIES) {
                    throw e;
                }
                makeAnew(calls, names);
            }
        }
    }

    /**
     * Stores jobs within a transaction of the caller's. Their lanes are made outside of it, where they stay whatever becomes of
     * it. What the transaction sees may be older than the lanes: then they are read anew outside, and not looked for within.
     */
    static List<Answer> within(Calls calls, Connection connection, List<NewJob> jobs) {
        jobs.forEach(Enqueues::checkTimes);
        List<Lanes.Name> names = names(jobs);
        if (!calls.lanes().known().numbers().keySet().containsAll(names)) {
            makeAnew(calls, names);
        }
        List<Answer> answers;
        try {
            answers = calls.within(connection, sql -> within(sql, calls, jobs, names));
        } catch (Lanes.Changed e) {
            makeAnew(calls, names);
            answers = calls.within(connection, sql -> within(sql, calls, jobs, List.of()));
        }
        refuseEnded(calls, connection, jobs, answers);
        return answers;
    }

    /**
     * A transaction whose snapshot is older than a job's end does not see that end, and has stored the job anew. So it is looked
     * for outside, after the insert: whoever would store the same id from then on waits for this transaction.
     */
    private static void refuseEnded(Calls calls, Connection connection, List<NewJob> jobs, List<Answer> answers) {
        List<UUID> stored = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            if (!jobs.get(i).fresh() && answers.get(i) instanceof Answer.Stored) {
                stored.add(jobs.get(i).spec().id());
            }
        }
        if (!stored.isEmpty() && calls.run(sql -> Inserts.anyEnded(sql, calls.moved(), stored))) {
            calls.within(connection, sql -> {
                sql.run(Inserts.UNDO);
                return true;
            });
        }
    }

    private static List<Answer> within(Sql sql, Calls calls, List<NewJob> jobs, List<Lanes.Name> lookedFor)
            throws SQLException {
        if (plain(jobs)) {
            // never as if the ids were fresh: what the server refuses would end the caller's transaction
            return answers(jobs, Inserts.unknown(sql, calls.moved(), calls.lanes(), jobs, lookedFor), Map.of());
        }
        Tx tx = new Tx(sql, calls);
        List<Answer> answers = rich(tx, jobs, lookedFor, Ties.Telling.AFTER_COMMIT);
        tx.flush();
        return answers;
    }

    private static void makeAnew(Calls calls, List<Lanes.Name> names) {
        calls.run(sql -> {
            calls.lanes().read(sql);
            calls.lanes().make(sql, names);
            return true;
        });
    }

    private static boolean plain(List<NewJob> jobs) {
        return jobs.stream().allMatch(job -> Marks.of(job) == 0);
    }

    private static List<Answer> plain(Sql sql, Calls calls, List<NewJob> jobs, List<Lanes.Name> lookedFor)
            throws SQLException {
        boolean fresh = jobs.stream().allMatch(NewJob::fresh);
        Set<UUID> stored = fresh
                ? Inserts.fresh(sql, calls.moved(), calls.lanes(), jobs, lookedFor)
                : Inserts.unknown(sql, calls.moved(), calls.lanes(), jobs, lookedFor);
        return answers(jobs, stored, Map.of());
    }

    private static List<Lanes.Name> names(List<NewJob> jobs) {
        return jobs.stream()
                .map(job -> new Lanes.Name(job.spec().queue(), job.spec().kind()))
                .distinct()
                .toList();
    }

    private static List<Answer> rich(Tx tx, List<NewJob> jobs, List<Lanes.Name> lookedFor, Ties.Telling telling)
            throws SQLException {
        Set<UUID> stored = Inserts.unknown(tx.sql, tx.now(), tx.lanes(), jobs, lookedFor, Ties.marks(jobs));
        Map<UUID, NewJob> first = new LinkedHashMap<>();
        jobs.forEach(job -> first.putIfAbsent(job.spec().id(), job));
        List<NewJob> keyed = first.values().stream()
                .filter(job -> job.spec().keys().uniqueKey() != null
                        && stored.contains(job.spec().id()))
                .toList();
        KeyConflicts conflicts = KeyConflicts.resolve(tx, keyed);
        stored.removeAll(conflicts.answers().keySet());
        remove(tx, conflicts.answers().keySet());
        List<NewJob> added = first.values().stream()
                .filter(job -> stored.contains(job.spec().id()))
                .toList();
        added.forEach(job -> aside(tx, job.spec(), Marks.of(job), Ties.delay(job)));
        Slots.enter(tx, added.stream().map(NewJob::spec).toList());
        tx.flush();
        Ties.tie(tx, added, telling);
        for (KeyConflicts.Replacement each : conflicts.replacements()) {
            Replacing.replace(tx, each.job(), each.by());
        }
        return answers(jobs, stored, conflicts.answers());
    }

    private static void remove(Tx tx, Set<UUID> ids) throws SQLException {
        if (ids.isEmpty()) {
            return;
        }
        tx.sql.rows(
                "DELETE FROM @job WHERE id = ANY (?) RETURNING lane, state",
                row -> {
                    tx.count(row.getInt(1), Codes.state(row.getInt(2)), -1);
                    return true;
                },
                (Object) Job.sorted(ids));
    }

    /**
     * Writes what does not lie in the job's row.
     *
     * @param marks of the job
     * @param delay how long after its parents are done it is due; null where that is not to be remembered
     */
    static void aside(Tx tx, JobSpec spec, int marks, @Nullable Long delay) {
        if ((marks & Marks.PAYLOAD) != 0) {
            tx.later("INSERT INTO @payload (id, payload) VALUES (?, ?)", spec.id(), spec.payload());
        }
        if ((marks & Marks.SPEC) != 0) {
            Labels labels = spec.labels();
            var group = spec.keys().group();
            tx.later(
                    "INSERT INTO @spec (id, tags, meta, unique_key, group_key, keys, delay)"
                            + " VALUES (?, ?, ?, ?::text, ?::text, ?::text, ?::bigint)",
                    spec.id(),
                    labels.tags().stream().sorted().toArray(String[]::new),
                    Packed.meta(labels.meta()),
                    spec.keys().uniqueKey(),
                    group == null ? null : group.key(),
                    spec.keys().encode(),
                    delay);
        }
        if (!spec.labels().tags().isEmpty()) {
            tx.later(
                    "INSERT INTO @tag (tag, id) SELECT w.tag, ?::uuid FROM unnest(?::text[]) AS w (tag)",
                    spec.id(),
                    spec.labels().tags().stream().sorted().toArray(String[]::new));
        }
    }

    private static List<Answer> answers(List<NewJob> jobs, Set<UUID> stored, Map<UUID, Answer> others) {
        Set<UUID> left = new HashSet<>(stored);
        Answer[] answers = new Answer[jobs.size()];
        for (int i = 0; i < answers.length; i++) {
            UUID id = jobs.get(i).spec().id();
            Answer other = others.get(id);
            if (other != null) {
                answers[i] = other;
            } else {
                answers[i] = left.remove(id) ? new Answer.Stored(id) : new Answer.Known(id);
            }
        }
        return Arrays.asList(answers);
    }

    static byte @Nullable [] inline(JobSpec spec) {
        return spec.payload().length > INLINE_PAYLOAD ? null : spec.payload();
    }

    private static void checkTimes(NewJob job) {
        long now = Micros.of(Instant.now());
        Spans.at(job.due(), now);
        if (job.expiry() != null) {
            Spans.at(job.expiry(), now);
        }
    }
}
