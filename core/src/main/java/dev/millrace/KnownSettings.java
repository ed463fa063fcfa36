package dev.millrace;

import static dev.millrace.Setting.Form.ADDRESS;
import static dev.millrace.Setting.Form.COUNTS;
import static dev.millrace.Setting.Form.FLAG;
import static dev.millrace.Setting.Form.LIST;
import static dev.millrace.Setting.Form.NUMBER;
import static dev.millrace.Setting.Form.TEXT;
import static dev.millrace.Setting.Form.TIME;
import static dev.millrace.Setting.Reader.ALL;
import static dev.millrace.Setting.Reader.COMMAND;

import java.time.Duration;
import java.util.List;

/** Every setting there is, and what those of workers do. */
final class KnownSettings {
    private static final Duration USUAL_LEASE = Duration.ofSeconds(30);
    private static final Duration USUAL_HEARTBEAT = Duration.ofSeconds(5);

    static final List<Setting> LIST_OF_ALL = List.of(
            new Setting("store", ADDRESS, "the command: sqlite:millrace.db", "where jobs live", ALL),
            new Setting("payload.max-bytes", NUMBER, "1048576", "the largest payload, once serialized", ALL),
            new Setting("result.max-bytes", NUMBER, "1048576", "the largest result, once serialized", ALL),
            new Setting("retention.succeeded", TIME, "1d", "how long jobs are kept after success", ALL),
            new Setting("retention.cancelled", TIME, "1d", "how long jobs are kept after cancellation", ALL),
            new Setting("retention.failed", TIME, "30d", "how long jobs are kept after failure", ALL),
            new Setting(
                    "retention.most", NUMBER, "1000000", "the most succeeded and the most cancelled jobs kept", ALL),
            new Setting("worker.queues", LIST, "all queues", "serve these queues only, in strict order", ALL),
            new Setting("worker.concurrency", NUMBER, "16", "how many jobs run at once", ALL),
            new Setting("worker.kind-concurrency", COUNTS, "none", "how many handlers of a kind run at once", ALL),
            new Setting("worker.queue-concurrency", COUNTS, "none", "how many jobs of a queue run at once", ALL),
            new Setting("worker.virtual-threads", FLAG, "false", "run handlers on virtual threads (Java 21)", ALL),
            new Setting("worker.min-priority", NUMBER, "none", "leave jobs of a lower priority alone", ALL),
            new Setting("worker.max-tasks", NUMBER, "none", "stop after so many runs", ALL),
            new Setting("worker.max-memory-mb", NUMBER, "none", "claim nothing while more MiB of heap are used", ALL),
            new Setting("worker.max-cpu-percent", NUMBER, "none", "claim nothing while the machine is busier", ALL),
            new Setting(
                    "worker.lease",
                    TIME,
                    "30s",
                    "after which silence a worker is taken for dead; the same for all workers of a store",
                    ALL),
            new Setting("worker.heartbeat", TIME, "5s", "how often a worker is heard of", ALL),
            new Setting("worker.grace", TIME, "25s", "how long running jobs may go on when the worker stops", ALL),
            new Setting(
                    "worker.timeout-grace",
                    TIME,
                    "5s",
                    "how long a handler may go on after it was interrupted, before its thread is left behind",
                    ALL),
            new Setting("worker.name", TEXT, "host, process and number", "what the worker is called on screens", ALL),
            new Setting("worker.handlers", TEXT, "none", "a jar with handlers", COMMAND),
            new Setting("worker.processes", NUMBER, "1", "how many worker processes to keep running", COMMAND),
            new Setting("worker.alive-file", TEXT, "none", "a file to touch while the worker may go on", COMMAND));

    private KnownSettings() {}

    /** @throws IllegalArgumentException when the value has not the setting's form */
    static void check(Settings settings, Setting setting) {
        String name = setting.name();
        switch (setting.form()) {
            case ADDRESS -> settings.checkAddress(name);
            case TIME -> settings.time(name);
            case NUMBER -> settings.number(name);
            case FLAG -> settings.flag(name);
            case COUNTS -> settings.counts(name);
            case LIST, TEXT -> {}
        }
    }

    /** Gives a worker what the settings say. */
    static void apply(Settings settings, WorkerBuilder worker) {
        List<String> queues = settings.list("worker.queues");
        if (!queues.isEmpty()) {
            worker.queues(queues.toArray(String[]::new));
        }
        settings.number("worker.concurrency").ifPresent(value -> worker.concurrency(clamped(value)));
        settings.counts("worker.kind-concurrency").forEach((kind, most) -> worker.kindConcurrency(kind, clamped(most)));
        settings.counts("worker.queue-concurrency")
                .forEach((queue, most) -> worker.queueConcurrency(queue, clamped(most)));
        if (settings.flag("worker.virtual-threads")) {
            worker.virtualThreads();
        }
        settings.number("worker.min-priority").ifPresent(value -> worker.minPriority(clamped(value)));
        settings.number("worker.max-tasks").ifPresent(worker::maxTasks);
        settings.number("worker.max-memory-mb").ifPresent(worker::maxMemoryMb);
        settings.number("worker.max-cpu-percent").ifPresent(value -> worker.maxCpuPercent(clamped(value)));
        if (settings.value("worker.lease").isPresent()
                || settings.value("worker.heartbeat").isPresent()) {
            worker.lease(
                    settings.time("worker.lease").orElse(USUAL_LEASE),
                    settings.time("worker.heartbeat").orElse(USUAL_HEARTBEAT));
        }
        settings.time("worker.grace").ifPresent(worker::stopGrace);
        settings.time("worker.timeout-grace").ifPresent(worker::timeoutGrace);
        settings.value("worker.name").ifPresent(value -> worker.name(value.text()));
    }

    /** A number that no int holds is out of range for whoever takes an int, which says so. */
    static int clamped(long value) {
        return (int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, value));
    }
}
