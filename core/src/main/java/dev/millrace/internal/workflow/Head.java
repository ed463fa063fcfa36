package dev.millrace.internal.workflow;

import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Keys.Member;
import dev.millrace.spi.Labels;
import dev.millrace.spi.NewJob;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The job that stands for a workflow: it waits for all the others, is never claimed, and ends when they have. */
public final class Head {
    /** The kind of heads, and of nothing else. */
    public static final String KIND = "millrace.workflow";
    /** The queue of heads, and of nothing else. */
    public static final String QUEUE = "millrace.workflows";

    private Head() {}

    /**
     * The head of a new workflow.
     *
     * @param payload what people see of it
     * @param keepFor how long it is kept once it has ended; null for the store's retention
     */
    public static NewJob of(UUID id, String name, byte[] payload, @Nullable Duration keepFor) {
        Keys keys = Keys.NONE.withMember(new Member(id, name));
        return NewJob.now(new JobSpec(id, KIND, QUEUE, 0, payload, "", Labels.NONE, keys, keepFor));
    }

    /** Whether this job stands for a workflow. */
    public static boolean is(JobSpec job) {
        Member member = job.keys().member();
        return member != null && member.workflow().equals(job.id());
    }

    /** The name of the workflow that this job stands for. */
    public static String name(JobRecord head) {
        Member member = head.spec().keys().member();
        return member == null ? "" : member.name();
    }
}
