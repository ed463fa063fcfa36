package dev.millrace.testkit;

import dev.millrace.spi.Due;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** Jobs for tests of stores. */
public final class Jobs {
    /** The kind that {@link StoreDriver#session()} has a handler for. */
    public static final String WORK = "work";
    /** The queue of a job that says nothing else. */
    public static final String QUEUE = "default";

    /** The kind of jobs that stand for workflows. */
    public static final String HEAD = "millrace.workflow";
    /** The queue of jobs that stand for workflows. */
    public static final String HEADS = "millrace.workflows";

    private static final AtomicLong LAST = new AtomicLong(System.currentTimeMillis() << 12);

    private Jobs() {}

    /** A job of kind {@link #WORK}, in queue {@link #QUEUE}, that may run at once. */
    public static JobDraft work() {
        return plain(WORK);
    }

    /** A job of this kind, in queue {@link #QUEUE}, that may run at once. Each call gives another id, larger than all before. */
    public static JobDraft plain(String kind) {
        return new JobDraft(JobSpec.plain(newId(), kind, QUEUE, new byte[] {1, 2, 3}), Due.NOW, null);
    }

    /** A workflow's head, which stands for the workflow and waits for its members. */
    public static JobDraft head() {
        JobSpec plain = JobSpec.plain(newId(), HEAD, HEADS, new byte[0]);
        return new JobDraft(
                plain.withKeys(Keys.NONE.withMember(new Keys.Member(plain.id(), "workflow"))), Due.NOW, null);
    }

    /** So many jobs of this kind. */
    public static List<JobDraft> many(int count, String kind) {
        return Stream.generate(() -> plain(kind)).limit(count).toList();
    }

    /** An id that is larger than every one given before (UUIDv7, with a counter in place of random bits). */
    public static UUID newId() {
        long next = LAST.updateAndGet(last -> Math.max(last + 1, System.currentTimeMillis() << 12));
        long high = (next >>> 12 << 16) | 0x7000L | (next & 0xFFFL);
        return new UUID(high, 0x8000_0000_0000_0000L | (next & 0xFFFL));
    }
}
