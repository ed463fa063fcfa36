package dev.millrace;

import dev.millrace.spi.Due;
import dev.millrace.spi.Filter;
import dev.millrace.spi.JobPage;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.Operation;
import dev.millrace.spi.OperationReport;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Jobs by filter; all conditions must hold. Immutable. What looks reads page by page, newest first; what acts does so in
 * bounded batches, so jobs that come meanwhile may be missed or met.
 */
public final class JobQuery implements Iterable<JobInfo> {
    private static final int PAGE = 500;
    private static final int BATCH = 1_000;

    private final Millrace millrace;
    private final Filter filter;
    private final long limit;

    JobQuery(Millrace millrace, Filter filter, long limit) {
        this.millrace = millrace;
        this.filter = filter;
        this.limit = limit;
    }

    /** In one of these states. */
    public JobQuery state(JobState first, JobState... others) {
        return with(filter.withStates(EnumSet.of(first, others)));
    }

    public JobQuery queue(String name) {
        return with(filter.withQueue(name));
    }

    public JobQuery kind(String name) {
        return with(filter.withKind(name));
    }

    public JobQuery tag(String tag) {
        return with(filter.withTag(tag));
    }

    /** With this serial or group key. */
    public JobQuery group(String key) {
        return with(filter.withGroup(key));
    }

    /** These jobs only. */
    public JobQuery ids(Set<UUID> ids) {
        if (ids.isEmpty()) {
            throw new IllegalArgumentException("no ids are given: an empty set would mean every job");
        }
        return with(filter.withIds(ids));
    }

    /** Ended so long ago, or enqueued so long ago if they have not ended. */
    public JobQuery olderThan(Duration age) {
        return before(millrace.store().now().minus(age));
    }

    /** Ended, or enqueued if they have not ended, before this time of the store. */
    public JobQuery before(Instant time) {
        return with(filter.withSpan(new Filter.Span(time, filter.span().since())));
    }

    /** Ended, or enqueued if they have not ended, at this time of the store or later. */
    public JobQuery since(Instant time) {
        return with(filter.withSpan(new Filter.Span(filter.span().before(), time)));
    }

    /** At most so many. */
    public JobQuery limit(long most) {
        if (most < 0) {
            throw new IllegalArgumentException("the limit " + most + " is negative: give zero or more");
        }
        return new JobQuery(millrace, filter, most);
    }

    private JobQuery with(Filter changed) {
        return new JobQuery(millrace, changed, limit);
    }

    /** The jobs, newest first, read as they are asked for. */
    @Override
    public Iterator<JobInfo> iterator() {
        return new Pages();
    }

    @Override
    public void forEach(Consumer<? super JobInfo> action) {
        iterator().forEachRemaining(action);
    }

    /** As {@link #iterator}. */
    public Stream<JobInfo> stream() {
        return StreamSupport.stream(
                Spliterators.spliteratorUnknownSize(iterator(), Spliterator.ORDERED | Spliterator.NONNULL), false);
    }

    /** How many there are: reads them all. {@link Millrace#stats} knows the usual counts without. */
    public long count() {
        return stream().count();
    }

    /**
     * Runs jobs again that have ended: attempts anew, expiry cleared, due at once. Where neither states nor ids are named, it
     * means FAILED ones. Jobs that have not ended, and those whose unique key another holds by now, are left alone.
     *
     * @return how many will run again
     */
    public long retryAll() {
        boolean anyState = filter.states().isEmpty() && filter.ids().isEmpty();
        return (anyState ? state(JobState.FAILED) : this).operate(new Operation.RunAgain());
    }

    /**
     * Cancels unfinished jobs; running ones are asked to stop.
     *
     * @return how many are or will be CANCELLED
     * @throws IllegalStateException when there is no filter at all: say which jobs you mean
     */
    public long cancelAll() {
        refuseEverything("cancel");
        return operate(new Operation.Cancel());
    }

    /**
     * Deletes jobs that are not RUNNING.
     *
     * @return how many were deleted
     * @throws IllegalStateException when there is no filter at all: say which jobs you mean
     */
    public long deleteAll() {
        refuseEverything("delete");
        return operate(new Operation.Delete());
    }

    /** Gives SCHEDULED and READY jobs another due time, counted from the store's now. */
    public long rescheduleAll(Duration delay) {
        return operate(new Operation.Reschedule(new Due.After(Limits.bounded("delay", delay))));
    }

    /** Gives SCHEDULED and READY jobs another due time. */
    public long rescheduleAll(Instant time) {
        return operate(new Operation.Reschedule(new Due.At(Limits.time("due time", time))));
    }

    /** Gives SCHEDULED and READY jobs another priority, -1000 to 1000. */
    public long reprioritizeAll(int priority) {
        return operate(new Operation.Reprioritize(Limits.priority(priority)));
    }

    private void refuseEverything(String verb) {
        if (filter.equals(Filter.ALL)) {
            throw new IllegalStateException(
                    "refusing to " + verb + " every job there is: name a state, queue, kind, tag or age."
                            + " To mean all jobs, name all states");
        }
    }

    private long operate(Operation operation) {
        long done = 0;
        UUID after = null;
        do {
            int batch = (int) Math.min(BATCH, limit - done);
            if (batch <= 0) {
                break;
            }
            OperationReport report = millrace.operate(operation, filter, after, batch);
            done += report.done().size() + report.requested().size();
            after = report.next();
        } while (after != null);
        return done;
    }

    private final class Pages implements Iterator<JobInfo> {
        private final Deque<JobRecord> ahead = new ArrayDeque<>();
        private long left = limit;
        private boolean begun;
        private @Nullable UUID after;

        @Override
        public boolean hasNext() {
            while (ahead.isEmpty() && left > 0 && (!begun || after != null)) {
                JobPage page = millrace.store().page(filter, after, (int) Math.min(PAGE, left));
                begun = true;
                after = page.next();
                ahead.addAll(page.jobs());
            }
            return left > 0 && !ahead.isEmpty();
        }

        @Override
        public JobInfo next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            left--;
            return millrace.info(ahead.removeFirst());
        }
    }
}
