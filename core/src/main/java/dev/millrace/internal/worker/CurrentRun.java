package dev.millrace.internal.worker;

import dev.millrace.spi.Keys.Member;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Which run the calling thread is at, if any. */
public final class CurrentRun {
    private static final ThreadLocal<@Nullable Run> CURRENT = new ThreadLocal<>();

    private CurrentRun() {}

    /** Whether the calling thread runs a handler of a worker that has no other thread free. */
    public static boolean ofFullWorker() {
        Run run = CURRENT.get();
        return run != null && run.workerIsFull();
    }

    /** Whether the calling thread runs the handler of a job of this workflow. */
    public static boolean isOf(UUID workflow) {
        Run run = CURRENT.get();
        Member member = run == null ? null : run.job().spec().keys().member();
        return member != null && member.workflow().equals(workflow);
    }

    /** Whether the calling thread runs a handler of these services' worker. */
    static boolean isOf(RunServices services) {
        Run run = CURRENT.get();
        return run != null && run.isOf(services);
    }

    static @Nullable Run enter(Run run) {
        Run outer = CURRENT.get();
        CURRENT.set(run);
        return outer;
    }

    static void leave(@Nullable Run outer) {
        CURRENT.set(outer);
    }
}
