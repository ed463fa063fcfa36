package dev.millrace.benchmarks.postgres;

import dev.millrace.benchmarks.postgres.Contestant.History;
import dev.millrace.benchmarks.postgres.Contestant.Role;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who takes part. */
final class Contestants {
    private static final List<String> ALL =
            List.of("process", "bulk", "single-1", "single-16", "pickup", "idle", "claims");

    private Contestants() {}

    /** @param node where the queues for Node are installed; null leaves them out */
    static List<Contestant> all(@Nullable Node node) {
        List<Contestant> all = new ArrayList<>(List.of(
                java("Millrace", "all defaults", Role.OURS, History.KEPT, 200_000, "millrace", ALL),
                java(
                        "raw JDBC",
                        "500 settled and 500 claimed a commit, 1 connection; enqueues 1 row or unnest(1,000) a commit",
                        Role.RAW,
                        History.KEPT,
                        200_000,
                        "raw",
                        List.of("process", "bulk", "single-1", "single-16", "claims")),
                java(
                        "raw JDBC, 4 connections",
                        "500 settled and 500 claimed a commit, on each of 4 connections",
                        Role.RAW_TOO,
                        History.KEPT,
                        200_000,
                        "raw-4",
                        List.of("process")),
                java(
                        "raw JDBC, table equal to Millrace's",
                        "1 row or unnest(1,000) a commit, with Millrace's columns and indexes",
                        Role.RAW_TOO,
                        History.KEPT,
                        200_000,
                        "raw-equal",
                        List.of("bulk", "single-1", "single-16")),
                java(
                        "JobRunr",
                        "poll 5 s (the shortest it takes), 100 workers, pool 20",
                        Role.PEER,
                        History.KEPT,
                        20_000,
                        "jobrunr",
                        ALL),
                java(
                        "db-scheduler",
                        "lock-and-fetch 1.0-4.0, 50 threads, pool 20, poll 1 s",
                        Role.PEER,
                        History.DELETED,
                        50_000,
                        "db-scheduler",
                        ALL)));
        if (node != null) {
            all.add(node(node, "graphile-worker", "defaults: one at a time", 5_000, "graphile.mjs", "default"));
            all.add(node(
                    node,
                    "graphile-worker, tuned",
                    "concurrentJobs 24, localQueue 500, completeJobBatchDelay 0",
                    200_000,
                    "graphile.mjs",
                    "tuned"));
            all.add(boss(node));
        }
        return all;
    }

    private static Contestant java(
            String name, String settings, Role role, History history, int jobs, String subject, List<String> rows) {
        List<String> command = new ArrayList<>(JavaCommand.of("dev.millrace.benchmarks.subject.SubjectProcess"));
        command.addAll(List.of(subject, "PORT", "DATABASE"));
        return new Contestant(name, settings, role, history, jobs, command, command, rows);
    }

    private static Contestant node(Node node, String name, String settings, int jobs, String script, String setting) {
        List<String> command = nodeCommand(node, script, setting);
        return new Contestant(name, settings, Role.PEER, History.DELETED, jobs, command, command, ALL);
    }

    private static Contestant boss(Node node) {
        return new Contestant(
                "pg-boss, tuned",
                "batchSize 500, burstWhenBatchFull, localConcurrency 4; in pickup and idle with LISTEN",
                Role.PEER,
                History.KEPT,
                200_000,
                nodeCommand(node, "pgboss.mjs", "batches"),
                nodeCommand(node, "pgboss.mjs", "listen"),
                ALL);
    }

    private static List<String> nodeCommand(Node node, String script, String setting) {
        Path folder = node.folder();
        return List.of(
                node.program(),
                folder.resolve(script).toString(),
                "postgres://postgres@127.0.0.1:PORT/DATABASE",
                setting);
    }
}
