package dev.millrace;

import dev.millrace.internal.schedule.Tick;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A job as it stood when the store was asked. */
public final class JobInfo {
    private final JobRecord record;
    private final Serializer serializer;

    JobInfo(JobRecord record, Serializer serializer) {
        this.record = record;
        this.serializer = serializer;
    }

    public UUID id() {
        return record.id();
    }

    public String kind() {
        return spec().kind();
    }

    public String queue() {
        return spec().queue();
    }

    public int priority() {
        return spec().priority();
    }

    public JobState state() {
        return record.state();
    }

    /** Why it is CANCELLED; empty in other states. */
    public Optional<CancelReason> cancelReason() {
        return Optional.ofNullable(record.cancelReason());
    }

    /** What keeps it BLOCKED: {@link Millrace#parents} says which jobs it waits for. Empty in other states. */
    public Optional<JobRecord.Gate> gate() {
        return Optional.ofNullable(record.gate());
    }

    /** The workflow that it is a job of, and what it is called there; empty for one that is of none. */
    public Optional<Keys.Member> workflow() {
        return Optional.ofNullable(spec().keys().member());
    }

    /** Failures that it caused, the run under way included. */
    public int attempt() {
        return record.run().attempt();
    }

    /** The last failure, also while it waits for a retry. */
    public Optional<Failure> failure() {
        return Optional.ofNullable(record.failure());
    }

    /** What its handler last said of its progress. */
    public Progress progress() {
        return record.run().progress();
    }

    public Set<String> tags() {
        return spec().labels().tags();
    }

    public Map<String, String> meta() {
        return spec().labels().meta();
    }

    /** The schedule that made it. */
    public Optional<String> schedule() {
        return Tick.schedule(meta());
    }

    /** The tick of the schedule that made it; empty where that was done by {@link ScheduleHandle#runNow}. */
    public Optional<Instant> scheduledFor() {
        return Tick.time(meta());
    }

    public Optional<String> uniqueKey() {
        return Optional.ofNullable(spec().keys().uniqueKey());
    }

    public Instant enqueuedAt() {
        return record.times().createdAt();
    }

    /** When it may or might run at the earliest. */
    public Instant dueAt() {
        return record.times().dueAt();
    }

    /** When its latest run started, or was claimed if the handler has not begun. */
    public Optional<Instant> startedAt() {
        return Optional.ofNullable(record.times().startedAt());
    }

    public Optional<Instant> finishedAt() {
        return Optional.ofNullable(record.times().finishedAt());
    }

    public Optional<Instant> expiresAt() {
        return Optional.ofNullable(record.times().expiresAt());
    }

    /**
     * Its payload.
     *
     * @throws SerializationException when it does not fit the type
     */
    @SuppressWarnings("unchecked") // the type says what it is read as
    public <T> @Nullable T payload(TypeRef<T> type) {
        return (T) serializer.read(spec().payload(), type.type());
    }

    /**
     * Its result; null when there is none.
     *
     * @throws SerializationException when it does not fit the type
     */
    @SuppressWarnings("unchecked") // the type says what it is read as
    public <T> @Nullable T result(TypeRef<T> type) {
        byte[] result = record.result();
        return result == null ? null : (T) serializer.read(result, type.type());
    }

    /** How its payload is stored, which shows without keys. */
    public DataForm payloadForm() {
        return DataForm.of(spec().payload());
    }

    /** How its result is stored, which shows without keys; empty when there is none. */
    public Optional<DataForm> resultForm() {
        return Optional.ofNullable(record.result()).map(DataForm::of);
    }

    /** Everything the store says of it. */
    public JobRecord record() {
        return record;
    }

    private static String waits(JobRecord.Gate gate) {
        return switch (gate) {
            case PARENTS -> " (waits for its parents)";
            case GROUP -> " (waits for its group)";
        };
    }

    private JobSpec spec() {
        return record.spec();
    }

    @Override
    public String toString() {
        return id() + " " + kind() + " in " + queue() + ": " + state()
                + cancelReason().map(reason -> " (" + reason + ")").orElse("")
                + gate().map(JobInfo::waits).orElse("")
                + (attempt() > 0 ? ", attempt " + attempt() : "")
                + failure().map(failure -> ", " + failure).orElse("");
    }
}
