package dev.millrace.internal.events;

import dev.millrace.CancelReason;
import dev.millrace.JobEvent;
import dev.millrace.JobListener;
import dev.millrace.ListenerStats;
import dev.millrace.StoreException;
import dev.millrace.internal.worker.Problem;
import dev.millrace.internal.workflow.Head;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Store;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes events of one Millrace and gives them to its listeners. Without a listener, everything is passed by.
 *
 * <p>A worker may start a job before the call that enqueued it has returned. What is told of such a job is held until that
 * call is answered, so that "enqueued" comes first.
 */
public final class Events implements AutoCloseable {
    /** How long listeners may take for what still waits when their Millrace is closed. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(Events.class);

    private final List<Delivery> deliveries;
    private final Clock clock;
    private final Map<UUID, Arriving> arriving = new ConcurrentHashMap<>();

    /** A job whose enqueue is under way; touched only while its entry of the map is locked. */
    private static final class Arriving {
        private int calls;
        private boolean told;
        private final List<JobEvent> held = new ArrayList<>(2);
    }

    /** @param clock of this process: times of events are its */
    public Events(List<JobListener> listeners, Clock clock) {
        this.deliveries = listeners.stream().map(Delivery::new).toList();
        this.clock = clock;
    }

    /** Whether anyone listens. */
    public boolean heard() {
        return !deliveries.isEmpty();
    }

    /** When it is. */
    public Instant now() {
        return clock.instant();
    }

    /** Enqueues jobs by a call of the store, and tells of those that it took. */
    public List<Answer> enqueue(List<NewJob> jobs, Function<List<NewJob>, List<Answer>> store) {
        if (!heard()) {
            return store.apply(jobs);
        }
        List<NewJob> all = List.copyOf(jobs);
        all.forEach(job -> arriving.compute(job.spec().id(), (id, before) -> {
            Arriving now = before == null ? new Arriving() : before;
            now.calls++;
            return now;
        }));
        List<Answer> answers = List.of();
        try {
            answers = store.apply(all);
            return answers;
        } finally {
            for (int i = 0; i < all.size(); i++) {
                boolean stored = i < answers.size() && answers.get(i) instanceof Answer.Stored;
                arrived(all.get(i).spec(), stored);
            }
        }
    }

    private void arrived(JobSpec spec, boolean stored) {
        arriving.computeIfPresent(spec.id(), (id, now) -> {
            now.calls--;
            if (stored) {
                now.told = true;
                if (!Head.is(spec)) {
                    publish(new JobEvent.Enqueued(job(spec), now()));
                }
            }
            if (now.told || now.calls == 0) {
                now.held.forEach(this::publish);
                now.held.clear();
            }
            return now.calls == 0 ? null : now;
        });
    }

    /** Tells of something, once its job's enqueue is answered. */
    public void tell(JobEvent event) {
        Arriving entry = arriving.computeIfPresent(event.id(), (id, now) -> {
            if (now.told) {
                publish(event);
            } else {
                now.held.add(event);
            }
            return now;
        });
        if (entry == null) {
            publish(event);
        }
    }

    /** These jobs were cancelled by hand. They are, whether or not the store can still be read: then nobody is told. */
    public void cancelled(Store store, Collection<UUID> ids) {
        List<JobRecord> jobs;
        try {
            jobs = store.get(ids);
        } catch (StoreException e) {
            LOG.warn(
                    "{} jobs were cancelled, and no listener is told of it: the store could not be read afterwards: {}",
                    ids.size(),
                    e.getMessage());
            return;
        }
        for (JobRecord record : jobs) {
            if (!Head.is(record.spec())) {
                tell(new JobEvent.Cancelled(job(record.spec()), Optional.empty(), now(), CancelReason.REQUESTED));
            }
        }
    }

    private void publish(JobEvent event) {
        for (Delivery delivery : deliveries) {
            delivery.offer(event);
        }
    }

    /** A job, as events show it. */
    public static JobEvent.Job job(JobSpec spec) {
        return new JobEvent.Job(
                spec.id(),
                spec.kind(),
                spec.queue(),
                spec.labels().tags(),
                spec.labels().meta());
    }

    /** What became of each listener's events. */
    public List<ListenerStats> stats() {
        return deliveries.stream().map(Delivery::stats).toList();
    }

    /** What is wrong with listeners. */
    public List<Problem> problems() {
        return deliveries.stream().flatMap(each -> each.problem().stream()).toList();
    }

    /** Lets listeners hear what still waits, each for a few seconds at most. */
    @Override
    public void close() {
        deliveries.forEach(each -> each.end(LAST_WORDS));
    }
}
