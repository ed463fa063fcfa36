package dev.millrace.internal.worker;

import dev.millrace.BatchJob;
import dev.millrace.JobContext;
import dev.millrace.Snooze;
import dev.millrace.spi.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Several jobs of one kind in one call of their handler, each settled by itself. */
final class BatchWork implements Hands.Work {
    private final Workbench bench;
    private final List<Run> runs;
    private final HandlerEntry.Batch code;

    BatchWork(Workbench bench, List<Run> runs, HandlerEntry.Batch code) {
        this.bench = bench;
        this.runs = runs;
        runs.subList(1, runs.size()).forEach(Run::follow);
        this.code = code;
    }

    @Override
    public void perform() {
        List<Item> items = new ArrayList<>(runs.size());
        for (Run run : runs) {
            Outcome refusal = bench.refusal(run);
            if (refusal != null) {
                bench.finish(run, refusal);
                continue;
            }
            try {
                items.add(new Item(run, bench.payload(run)));
            } catch (RuntimeException e) {
                bench.finish(run, Workbench.unreadable(run, e));
            }
        }
        if (!items.isEmpty()) {
            call(items);
        }
    }

    private void call(List<Item> items) {
        // Every run is on this thread. The first one's id stands in the logging context, and its timeout is the call's.
        Throwable thrown = null;
        Run first = items.get(0).run;
        List<Item> others = items.subList(1, items.size());
        others.forEach(item -> bench.begin(item.run));
        try {
            bench.within(this, first, () -> {
                code.handler().handle(new ArrayList<>(items));
                return null;
            });
        } catch (Throwable e) {
            thrown = e;
        } finally {
            others.forEach(item -> item.run.leave());
        }
        finish(items, thrown);
    }

    /** Where one run's transaction is open, so are those of its neighbours, as a rule: they are not waited for one by one. */
    private void finish(List<Item> items, @Nullable Throwable thrown) {
        boolean known = true;
        for (Item item : items) {
            Outcome outcome = item.close(thrown);
            if (known) {
                known = bench.finish(item.run, outcome);
            } else {
                bench.finishWithout(item.run, outcome);
            }
        }
    }

    @Override
    public void broken(Throwable error) {
        for (Run run : runs) {
            bench.finish(run, Verdict.thrown(run, error));
        }
    }

    @Override
    public void giveUp() {
        for (Run run : runs) {
            bench.finish(run, Workbench.LEFT);
        }
    }

    @Override
    public List<Run> runs() {
        return runs;
    }

    private final class Item implements BatchJob<@Nullable Object, @Nullable Object> {
        private final Run run;
        private final @Nullable Object payload;
        private final AtomicReference<@Nullable Outcome> outcome = new AtomicReference<>();

        Item(Run run, @Nullable Object payload) {
            this.run = run;
            this.payload = payload;
        }

        @Override
        @SuppressWarnings("NullAway") // null only where the payload's type is Void
        public @Nullable Object payload() {
            return payload;
        }

        @Override
        public JobContext context() {
            return run;
        }

        @Override
        public boolean settled() {
            return outcome.get() != null || run.joint().asked();
        }

        @Override
        public void succeed(@Nullable Object result) {
            settle(bench.succeeded(run, result));
        }

        @Override
        public void fail(Throwable cause) {
            settle(Verdict.thrown(run, cause));
        }

        @Override
        public void snooze(Duration delay) {
            settle(new Outcome.Snoozed(new Snooze(delay).delay())); // which checks it
        }

        private void settle(Outcome how) {
            if (run.joint().asked()) {
                throw new IllegalStateException(run + " is settled by succeedIn; nothing was changed");
            }
            if (!outcome.compareAndSet(null, how)) {
                throw new IllegalStateException(
                        run + " is settled already, or its batch has ended; nothing was changed");
            }
        }

        /** What stands once the handler returned or threw. */
        private Outcome close(@Nullable Throwable thrown) {
            outcome.compareAndSet(null, thrown == null ? bench.returned(run, null) : Verdict.thrown(run, thrown));
            return Objects.requireNonNull(outcome.get());
        }
    }
}
