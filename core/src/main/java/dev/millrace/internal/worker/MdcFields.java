package dev.millrace.internal.worker;

import org.slf4j.MDC;

/** Puts a job's id, kind, queue and attempt into the logging context, if the logging backend keeps one. */
final class MdcFields {
    private final boolean kept = isKept();

    void put(Run run) {
        if (kept) {
            MDC.put("job.id", run.id().toString());
            MDC.put("job.kind", run.kind());
            MDC.put("job.queue", run.queue());
            MDC.put("job.attempt", Integer.toString(run.attempt()));
        }
    }

    void clear() {
        if (kept) {
            MDC.remove("job.id");
            MDC.remove("job.kind");
            MDC.remove("job.queue");
            MDC.remove("job.attempt");
        }
    }

    private static boolean isKept() {
        String probe = "millrace.probe";
        MDC.put(probe, probe);
        boolean kept = MDC.get(probe) != null;
        MDC.remove(probe);
        return kept;
    }
}
