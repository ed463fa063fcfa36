package dev.millrace.internal.workflow;

import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Keys.Member;
import dev.millrace.spi.Labels;
import dev.millrace.spi.NewJob;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The job that stands for a workflow: it waits for all the others, is never claimed, and ends when they have. */
public final class Head {
    /** The kind of heads, and of nothing else. */
    public static final String KIND = "millrace.workflow";
    /** The queue of heads, and of nothing else. */
    public static final String QUEUE = "millrace.workflows";

    /** The name of the metadata that holds the digest. */
    private static final String DIGEST = "millrace.plan";

    private Head() {}

    /**
     * The head of a new workflow.
     *
     * @param payload what people see of it
     * @param keepFor how long it is kept once it has ended; null for the store's retention
     * @param digest what it was submitted with ({@link #digest(List)})
     */
    public static NewJob of(UUID id, String name, byte[] payload, @Nullable Duration keepFor, String digest) {
        Keys keys = Keys.NONE.withMember(new Member(id, name));
        Labels labels = new Labels(Set.of(), Map.of(DIGEST, digest));
        return NewJob.now(new JobSpec(id, KIND, QUEUE, 0, payload, "", labels, keys, keepFor));
    }

    /** Tells two plans of one workflow apart: a hash of what its jobs are called, and of what kind and queue they are. */
    public static String digest(List<NewJob> members) {
        StringBuilder text = new StringBuilder();
        for (NewJob job : members) {
            Member member = job.spec().keys().member();
            text.append(member == null ? "" : member.name()).append('\n');
            text.append(job.spec().kind())
                    .append('\n')
                    .append(job.spec().queue())
                    .append('\n');
        }
        return UUID.nameUUIDFromBytes(text.toString().getBytes(StandardCharsets.UTF_8))
                .toString();
    }

    /** The digest that a head was stored with. */
    public static String digest(JobRecord head) {
        return head.spec().labels().meta().getOrDefault(DIGEST, "");
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
