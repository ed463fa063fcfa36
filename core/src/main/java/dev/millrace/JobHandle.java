package dev.millrace;

import dev.millrace.internal.Nanos;
import dev.millrace.internal.worker.CurrentRun;
import dev.millrace.spi.Filter;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.Operation;
import dev.millrace.spi.OperationReport;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A job that was enqueued. It holds nothing but the job's id: it costs nothing to keep, and may be dropped.
 *
 * @param <R> the result
 */
public final class JobHandle<R> {
    private final Millrace millrace;
    private final JobType<?, R> type;
    private final UUID id;
    private final Enqueued enqueued;

    JobHandle(Millrace millrace, JobType<?, R> type, UUID id, Enqueued enqueued) {
        this.millrace = millrace;
        this.type = type;
        this.id = id;
        this.enqueued = enqueued;
    }

    /** The job's id. */
    public UUID id() {
        return id;
    }

    /** Whether a job was stored by the call that gave this handle, or one was there already. */
    public Enqueued enqueued() {
        return enqueued;
    }

    /**
     * Where the job stands; asks the store.
     *
     * @throws ResultExpiredException when the store does not know it (any more)
     */
    public JobState state() {
        return record().state();
    }

    /**
     * The job as it stands; asks the store.
     *
     * @throws ResultExpiredException when the store does not know it (any more)
     */
    public JobInfo info() {
        return millrace.info(record());
    }

    private JobRecord record() {
        JobRecord record = millrace.find(id);
        if (record == null) {
            throw new ResultExpiredException(id);
        }
        return record;
    }

    /**
     * Waits for the job to end.
     *
     * @param most how long to wait
     * @return what its handler returned; null when it returned nothing
     * @throws JobFailedException when it has FAILED
     * @throws JobCancelledException when it was CANCELLED
     * @throws AwaitTimeoutException when it has not ended by then; it goes on
     * @throws ResultExpiredException when the store does not know it (any more)
     * @throws SerializationException when its result does not fit the type
     * @throws IllegalStateException when called by a handler of a worker that has no thread left to run it
     * @throws InterruptedException when this thread is interrupted
     */
    public @Nullable R await(Duration most) throws InterruptedException {
        CompletableFuture<JobRecord> end = millrace.awaiter().end(id);
        try {
            if (CurrentRun.ofFullWorker() && !record().state().finished()) {
                throw new IllegalStateException(
                        "a handler awaits job " + id + ", and its worker has no other thread to run it:"
                                + " it might wait for itself forever. Enqueue and return, or raise the worker's concurrency");
            }
            return result(millrace, type, end.get(Nanos.of(most), TimeUnit.NANOSECONDS));
        } catch (TimeoutException e) {
            throw new AwaitTimeoutException(id, type.kind(), most, record().state());
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new MillraceException("waiting for job " + id + " failed: " + e.getCause(), e.getCause());
        } finally {
            millrace.awaiter().forget(id, end);
        }
    }

    /**
     * The job's end as a future. It completes with the result or exceptionally, as {@link #await} returns or throws, on a
     * thread of Millrace: hand long work on to one of your own. Cancelling the future does not cancel the job.
     */
    public CompletableFuture<@Nullable R> future() {
        CompletableFuture<JobRecord> end = millrace.awaiter().end(id);
        CompletableFuture<@Nullable R> future = end.thenApply(record -> result(millrace, type, record));
        var unused = future.whenComplete((result, error) -> millrace.awaiter().forget(id, end));
        return future;
    }

    /** What {@link #await} gives, of a job that has ended. */
    @Nullable
    R result() {
        return result(millrace, type, record());
    }

    /** The result of a job that has ended, or how it ended otherwise as an exception. */
    static <R> @Nullable R result(Millrace millrace, JobType<?, R> type, JobRecord record) {
        UUID id = record.id();
        switch (record.state()) {
            case SUCCEEDED -> {
                byte[] data = record.result();
                @SuppressWarnings("unchecked") // the type says what it is read as
                R result = data == null
                        ? null
                        : (R) millrace.settings().serializer().read(data, type.resultType());
                return result;
            }
            case FAILED ->
                throw new JobFailedException(
                        id,
                        record.spec().kind(),
                        Objects.requireNonNullElse(record.failure(), Failure.of("unknown", "no failure was recorded")),
                        record.run().attempt());
            case CANCELLED ->
                throw new JobCancelledException(
                        id,
                        record.spec().kind(),
                        Objects.requireNonNullElse(record.cancelReason(), CancelReason.REQUESTED));
            default -> throw new IllegalStateException("job " + id + " is " + record.state() + ", which is no end");
        }
    }

    /**
     * Cancels the job. One that is RUNNING is asked to stop: its thread is interrupted, and it is CANCELLED once its run has
     * ended, in whatever way.
     *
     * @return whether it is or will be CANCELLED by this call; false when it had ended, or is unknown
     */
    public boolean cancel() {
        OperationReport report = millrace.operate(new Operation.Cancel(), Filter.ids(Set.of(id)), null, 1);
        return !report.done().isEmpty() || !report.requested().isEmpty();
    }

    @Override
    public String toString() {
        return type.kind() + " " + id;
    }
}
