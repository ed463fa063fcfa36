package dev.millrace.postgres;

import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Keys.Conflict;
import dev.millrace.spi.Keys.Scope;
import dev.millrace.spi.NewJob;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;

/**
 * What becomes of jobs whose unique key another holds. Who only asks whether there is one locks nothing; who would take the other's
 * place locks its row, unless it is RUNNING: then the key passes in its own row.
 */
final class KeyConflicts {
    private static final String PASS = """
            UPDATE @holder SET id = ?, until = NULL WHERE kind = ? AND name = ? AND id = ? AND until IS NULL
            """;
    /** As the server says it where a transaction is to be repeated. */
    private static final String REPEAT = "40001";

    private final Tx tx;
    private final Map<UUID, Answer> answers = new HashMap<>();
    private final Map<UUID, Job> waiting = new HashMap<>();
    private final List<Replacement> replacements = new ArrayList<>();
    private final Map<List<String>, UUID> passed = new HashMap<>();

    /** A job that another becomes. */
    record Replacement(Job job, NewJob by) {}

    private KeyConflicts(Tx tx) {
        this.tx = tx;
    }

    /**
     * Takes the keys of jobs that were just stored.
     *
     * @param keyed jobs with keys, in the order in which they came
     */
    static KeyConflicts resolve(Tx tx, List<NewJob> keyed) throws SQLException {
        KeyConflicts conflicts = new KeyConflicts(tx);
        if (keyed.isEmpty()) {
            return conflicts;
        }
        Map<UUID, UUID> holders = UniqueKeys.take(
                tx,
                keyed.stream().map(job -> job.spec().kind()).toArray(String[]::new),
                keyed.stream().map(job -> job.spec().keys().uniqueKey()).toArray(String[]::new),
                keyed.stream().map(job -> job.spec().id()).toArray(UUID[]::new));
        List<NewJob> asking = new ArrayList<>();
        for (NewJob job : keyed) {
            UUID holder = holders.get(job.spec().id());
            if (holder != null && asks(unique(job))) {
                asking.add(job);
            } else if (holder != null) {
                conflicts.answers.put(job.spec().id(), new Answer.Duplicate(holder));
            }
        }
        if (!asking.isEmpty()) {
            conflicts.lock(asking.stream()
                    .map(job -> Objects.requireNonNull(holders.get(job.spec().id())))
                    .toList());
            for (NewJob job : asking) {
                conflicts.settle(
                        job, Objects.requireNonNull(holders.get(job.spec().id())));
            }
        }
        return conflicts;
    }

    /** The answers to those that are not to be stored. */
    Map<UUID, Answer> answers() {
        return answers;
    }

    /** What is to be replaced, in order. */
    List<Replacement> replacements() {
        return replacements;
    }

    private static Keys.Unique unique(NewJob job) {
        return Objects.requireNonNull(job.spec().keys().unique(), "a unique key");
    }

    /** Whether it matters where the holder stands. */
    private static boolean asks(Keys.Unique unique) {
        return unique.conflict() != Conflict.SKIP || unique.scope() == Scope.WAITING;
    }

    private void lock(List<UUID> holders) throws SQLException {
        for (Job job : Job.waiting(tx, Set.copyOf(holders))) {
            waiting.put(job.id, job);
        }
    }

    private void settle(NewJob newJob, UUID first) throws SQLException {
        Keys.Unique unique = unique(newJob);
        List<String> key = List.of(newJob.spec().kind(), unique.key());
        UUID id = newJob.spec().id();
        UUID holder = passed.getOrDefault(key, first);
        Job job = waiting.get(holder);
        if (job == null && runs(holder)) {
            if (tx.sql.update(PASS, id, key.get(0), key.get(1), holder) == 0) {
                throw changed();
            }
            loseRule(holder);
            passed.put(key, id);
            lock(List.of(id));
        } else if (job == null || unique.conflict() == Conflict.SKIP) {
            answers.put(id, new Answer.Duplicate(holder));
        } else if (holds(key, job)) {
            answers.put(id, new Answer.Replaced(holder));
            replacements.add(new Replacement(job, newJob));
        } else {
            throw changed();
        }
    }

    /** A running job's retries carry no key that has passed to another. Its own row is left alone. */
    private void loseRule(UUID holder) throws SQLException {
        JobRecord record = Records.read(tx.sql, tx.lanes(), new UUID[] {holder}).get(holder);
        if (record != null) {
            String keys = record.spec().keys().withUnique(null).encode();
            tx.sql.update("UPDATE @spec SET unique_key = NULL, keys = ? WHERE id = ?", keys, holder);
        }
    }

    private boolean runs(UUID holder) throws SQLException {
        return tx.sql.exists("SELECT 1 FROM @job WHERE id = ? AND state = 3", holder);
    }

    private boolean holds(List<String> key, Job job) throws SQLException {
        return tx.sql.exists(
                "SELECT 1 FROM @holder WHERE kind = ? AND name = ? AND id = ?", key.get(0), key.get(1), job.id);
    }

    private static SQLException changed() {
        return new SQLException("a unique key has changed hands meanwhile", REPEAT);
    }
}
