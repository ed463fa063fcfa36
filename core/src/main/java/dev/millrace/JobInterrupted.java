package dev.millrace;

import java.util.UUID;

/**
 * Thrown by {@link JobContext#checkCancelled} when a run should stop. A handler that cleans up should throw it on: it says how
 * the run ended, and is not a failure of the handler's.
 */
public class JobInterrupted extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    public JobInterrupted(UUID id, Reason reason) {
        super("job " + id + " should stop: " + reason.text);
        this.reason = reason;
    }

    /** Why the run should stop. */
    public Reason reason() {
        return reason;
    }

    /** Why a run should stop, and what becomes of its job. */
    public enum Reason {
        /** Someone cancelled the job: it ends as CANCELLED. */
        CANCELLED("it was cancelled"),
        /** The job's timeout passed: the attempt has failed. */
        TIMED_OUT("its timeout passed"),
        /** The worker's grace period is over: the job is handed back and runs again elsewhere, at no cost in attempts. */
        STOPPING("its worker is stopping, and the job is handed back"),
        /** The store thinks the worker dead: the job may be running elsewhere, and nothing this run reports counts. */
        SESSION_LOST("its worker's session is lost, and the job may be running elsewhere");

        private final String text;

        Reason(String text) {
            this.text = text;
        }
    }
}
