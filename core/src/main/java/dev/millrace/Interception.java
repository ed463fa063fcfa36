package dev.millrace;

import dev.millrace.internal.worker.HandlerEntry;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Puts interceptors around handlers, once per worker: a worker without any calls its handlers directly. */
final class Interception {
    private Interception() {}

    /** @param interceptors outermost first */
    static HandlerEntry.Code around(HandlerEntry.Code code, List<Interceptor> interceptors) {
        HandlerEntry.Code wrapped = code;
        for (int i = interceptors.size() - 1; i >= 0; i--) {
            wrapped = around(wrapped, interceptors.get(i));
        }
        return wrapped;
    }

    private static HandlerEntry.Code around(HandlerEntry.Code code, Interceptor interceptor) {
        if (code instanceof HandlerEntry.Single single) {
            HandlerEntry.Call inner = single.handler();
            return new HandlerEntry.Single((payload, job) -> interceptor.around(new Single(inner, payload, job)));
        }
        HandlerEntry.Batch batch = (HandlerEntry.Batch) code;
        BatchHandler<@Nullable Object, @Nullable Object> inner = batch.handler();
        return new HandlerEntry.Batch(batch.most(), jobs -> interceptor.around(new Several(inner, List.copyOf(jobs))));
    }

    private record Single(HandlerEntry.Call inner, @Nullable Object payload, JobContext job) implements JobCall.One {
        @Override
        public List<JobContext> jobs() {
            return List.of(job);
        }

        @Override
        public @Nullable Object proceed() throws Exception {
            return inner.handle(payload, job);
        }
    }

    private static final class Several implements JobCall.Batch {
        private final BatchHandler<@Nullable Object, @Nullable Object> inner;
        private final List<BatchJob<@Nullable Object, @Nullable Object>> batch;
        private final AtomicBoolean called = new AtomicBoolean();

        Several(
                BatchHandler<@Nullable Object, @Nullable Object> inner,
                List<BatchJob<@Nullable Object, @Nullable Object>> batch) {
            this.inner = inner;
            this.batch = batch;
        }

        @Override
        public List<BatchJob<@Nullable Object, @Nullable Object>> batch() {
            return batch;
        }

        @Override
        public List<JobContext> jobs() {
            return batch.stream().map(BatchJob::context).toList();
        }

        @Override
        public @Nullable Object proceed() throws Exception {
            if (!called.compareAndSet(false, true)) {
                throw new IllegalStateException(
                        "this batch has been handled once, and what its handler settled stands: let the jobs retry");
            }
            List<BatchJob<@Nullable Object, @Nullable Object>> left =
                    batch.stream().filter(each -> !each.settled()).toList();
            if (!left.isEmpty()) {
                inner.handle(left);
            }
            return null;
        }
    }
}
