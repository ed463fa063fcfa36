package dev.millrace;

import dev.millrace.internal.HostName;
import dev.millrace.internal.Nearest;
import dev.millrace.internal.text.TimeText;
import dev.millrace.internal.worker.HandlerEntry;
import dev.millrace.internal.worker.WorkerConfig;
import dev.millrace.internal.worker.WorkerEngine;
import java.lang.reflect.InvocationTargetException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Says what a worker handles and how. Defaults: all queues, concurrency 16, lease 30 s, heartbeat 5 s, stop grace 25 s. Not
 * thread-safe.
 */
public final class WorkerBuilder {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final Millrace millrace;
    private final Map<String, HandlerEntry> handlers = new LinkedHashMap<>();
    private String name = HostName.get() + ":" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
    private List<String> queues = List.of();
    private int minPriority = Integer.MIN_VALUE;
    private Duration lease = Duration.ofSeconds(30);
    private Duration heartbeat = Duration.ofSeconds(5);
    private Duration grace = Duration.ofSeconds(25);
    private Duration timeoutGrace = Duration.ofSeconds(5);
    private int concurrency = 16;
    private final Map<String, Integer> kindConcurrency = new LinkedHashMap<>();
    private final Map<String, Integer> queueConcurrency = new LinkedHashMap<>();
    private boolean virtualThreads;
    private OptionalLong maxTasks = OptionalLong.empty();
    private OptionalLong maxMemoryMb = OptionalLong.empty();
    private OptionalInt maxCpuPercent = OptionalInt.empty();
    private final List<Interceptor> interceptors = new ArrayList<>();

    WorkerBuilder(Millrace millrace) {
        this.millrace = millrace;
    }

    /** Handles the jobs of a type. What the handler returns is the job's result. */
    public <P, R> WorkerBuilder handle(JobType<P, R> type, Handler<? super P, ? extends R> handler) {
        return add(type, new HandlerEntry.Single(erased(handler)));
    }

    /** Handles the jobs of a type without a result. */
    public <P> WorkerBuilder handle(JobType<P, Void> type, VoidHandler<? super P> handler) {
        return add(type, new HandlerEntry.Single(erased(handler)));
    }

    /**
     * Handles the jobs of a type that was made of a method.
     *
     * @throws IllegalArgumentException when it was not
     */
    public WorkerBuilder handle(JobType<?, ?> type) {
        Handler<?, ?> function = type.function()
                .orElseThrow(
                        () -> new IllegalArgumentException(
                                "the type of \"" + type.kind()
                                        + "\" jobs has no method of its own: give a handler, or make it with JobType.of(kind, Some::method)"));
        return add(type, new HandlerEntry.Single(erased(function)));
    }

    /**
     * Handles the jobs of a type several at a time: as many as are there, up to {@code most}; nothing waits for a batch to
     * fill.
     */
    public <P, R> WorkerBuilder handleBatch(JobType<P, R> type, int most, BatchHandler<P, R> handler) {
        if (most < 1) {
            throw new IllegalArgumentException("a batch of at most " + most + " jobs: give 1 or more");
        }
        @SuppressWarnings("unchecked") // payloads are read and results written by the type
        BatchHandler<@Nullable Object, @Nullable Object> erased =
                (BatchHandler<@Nullable Object, @Nullable Object>) (BatchHandler<?, ?>) handler;
        return add(type, new HandlerEntry.Batch(most, erased));
    }

    /**
     * Handles jobs with the methods of an object that are annotated with {@link Handles}. A method takes the payload, or
     * nothing, and a {@link JobContext} if it likes.
     *
     * @throws IllegalArgumentException when there is no such method, or one does not fit: says why
     */
    public WorkerBuilder handlers(Object object) {
        for (HandlerScan.Found found : HandlerScan.of(object)) {
            add(found.type(), new HandlerEntry.Single(erased(found.handler())));
        }
        return this;
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // payloads are read by the type, and null only where it is Void
    private static HandlerEntry.Call erased(Handler<?, ?> handler) {
        Handler<Object, Object> erased = (Handler<Object, Object>) handler;
        return (payload, job) -> erased.handle(payload, job);
    }

    private WorkerBuilder add(JobType<?, ?> type, HandlerEntry.Code code) {
        RetryPolicy retry = type.options().run().retry();
        HandlerEntry entry = new HandlerEntry(
                type.kind(),
                type.payloadType(),
                type.resultType(),
                retry == null ? RetryPolicy.DEFAULT : retry,
                type.options().run().timeout(),
                code);
        if (handlers.putIfAbsent(type.kind(), entry) != null) {
            throw new IllegalArgumentException(
                    "there are two handlers for \"" + type.kind() + "\": a kind has one per worker");
        }
        return this;
    }

    /** Puts an interceptor around this worker's handlers, inside those of the Millrace and those given before. */
    public WorkerBuilder interceptor(Interceptor value) {
        interceptors.add(value);
        return this;
    }

    /** Serves these queues only, in strict order: a later one only while the earlier have nothing to claim. */
    public WorkerBuilder queues(String... names) {
        if (names.length == 0) {
            throw new IllegalArgumentException("no queue is named: leave queues() out to serve all");
        }
        for (String queue : names) {
            Limits.queue(queue);
        }
        queues = List.of(names);
        return this;
    }

    /** How many handlers run at once. Default: 16. */
    public WorkerBuilder concurrency(int value) {
        concurrency = (int) atLeastOne("concurrency", value);
        return this;
    }

    /** How many handlers of this type's kind run at once: {@link #kindConcurrency}. */
    public WorkerBuilder concurrency(JobType<?, ?> type, int most) {
        return kindConcurrency(type.kind(), most);
    }

    /**
     * How many handlers of a kind run at once in this worker; a batch is one. Such jobs are not claimed ahead: while as many run,
     * the others stay READY for other workers, and other kinds go on here. Default: as many as {@link #concurrency(int)} says.
     */
    public WorkerBuilder kindConcurrency(String kind, int most) {
        kindConcurrency.put(Limits.name("kind", kind), (int) atLeastOne("concurrency of kind " + kind, most));
        return this;
    }

    /**
     * How many jobs of a queue run at once in this worker; each job of a batch is one. Otherwise as {@link #kindConcurrency}.
     */
    public WorkerBuilder queueConcurrency(String queue, int most) {
        queueConcurrency.put(Limits.name("queue", queue), (int) atLeastOne("concurrency of queue " + queue, most));
        return this;
    }

    /** Leaves jobs of a lower priority alone. */
    public WorkerBuilder minPriority(int value) {
        minPriority = Limits.priority(value);
        return this;
    }

    /**
     * Runs handlers on virtual threads, for thousands that mostly wait. Needs Java 21 or later.
     *
     * @throws IllegalStateException on an older Java
     */
    public WorkerBuilder virtualThreads() {
        if (Runtime.version().feature() < 21) {
            throw new IllegalStateException("virtual threads need Java 21 or later, and this is "
                    + Runtime.version().feature() + ": leave virtualThreads() out, or run on a newer Java");
        }
        virtualThreads = true;
        return this;
    }

    /** Stops after so many runs, so that a supervisor may start the process anew. */
    public WorkerBuilder maxTasks(long value) {
        maxTasks = OptionalLong.of(atLeastOne("maxTasks", value));
        return this;
    }

    /** Claims nothing more while more than so many MiB of the heap are in use, after a collection if need be. */
    public WorkerBuilder maxMemoryMb(long value) {
        maxMemoryMb = OptionalLong.of(atLeastOne("maxMemoryMb", value));
        return this;
    }

    /** Claims nothing more while the machine's processors are busier than this, 1 to 100, in the mean of about 10 seconds. */
    public WorkerBuilder maxCpuPercent(int value) {
        if (value < 1 || value > 100) {
            throw new IllegalArgumentException("maxCpuPercent is " + value + ": give 1 to 100");
        }
        maxCpuPercent = OptionalInt.of(value);
        return this;
    }

    /** What the worker is called on screens. Default: host, process id and a number. */
    public WorkerBuilder name(String value) {
        name = Limits.name("worker's name", value);
        return this;
    }

    /**
     * After which silence the worker is taken for dead and its jobs run elsewhere, and how often it is heard of. All workers of
     * a store should agree. Default: 30 s and 5 s.
     *
     * @param lease at least three heartbeats
     * @param heartbeat at least 10 ms
     */
    public WorkerBuilder lease(Duration lease, Duration heartbeat) {
        if (heartbeat.toMillis() < 10) {
            throw new IllegalArgumentException(
                    "a heartbeat every " + TimeText.of(heartbeat) + " is too often: give 10 ms or more");
        }
        if (lease.compareTo(heartbeat.multipliedBy(3)) < 0) {
            throw new IllegalArgumentException(
                    "the lease of " + TimeText.of(lease) + " is shorter than three heartbeats of "
                            + TimeText.of(heartbeat) + ": one late beat would cost the worker its jobs");
        }
        this.lease = lease;
        this.heartbeat = heartbeat;
        return this;
    }

    /** How long running handlers get when the worker is closed, before they are interrupted. Default: 25 s. */
    public WorkerBuilder stopGrace(Duration value) {
        grace = Limits.wait("stop grace", value);
        return this;
    }

    /**
     * How long a handler may go on after it was interrupted for its timeout, or at the end of the stop grace. Then the attempt
     * counts as failed (or the job is handed back), and the thread is left behind and replaced. Default: 5 s.
     */
    public WorkerBuilder timeoutGrace(Duration value) {
        timeoutGrace = Limits.wait("timeout grace", value);
        return this;
    }

    /**
     * A worker that is not started: for {@link Worker#drain} and its like.
     *
     * @throws IllegalStateException when it has no handler
     * @throws IllegalArgumentException when it limits a kind or queue that it does not serve
     */
    public Worker build() {
        if (handlers.isEmpty()) {
            throw new IllegalStateException("the worker has no handler: add one with handle(type, handler)");
        }
        refuseUnserved("kind", kindConcurrency.keySet(), handlers.keySet());
        if (!queues.isEmpty()) {
            refuseUnserved("queue", queueConcurrency.keySet(), queues);
        }
        MillraceBuilder settings = millrace.settings();
        WorkerConfig config = new WorkerConfig(
                name,
                intercepted(settings),
                queues,
                minPriority,
                new WorkerConfig.Timing(lease, heartbeat, grace, timeoutGrace),
                new WorkerConfig.Threads(concurrency, kindConcurrency, queueConcurrency, threads()),
                new WorkerConfig.Limits(maxTasks, maxMemoryMb, maxCpuPercent),
                new WorkerConfig.Payload(settings.serializer(), settings.mostResultBytes()));
        WorkerEngine engine = new WorkerEngine(
                millrace.store(),
                config,
                millrace.ids()::next,
                millrace.events(),
                millrace.awaiter()::ended,
                (job, checkCancelled) -> new JobKin(millrace, job, checkCancelled));
        return new Worker(millrace, engine, grace);
    }

    /** A limit that is misspelt would limit nothing. */
    private static void refuseUnserved(String what, Set<String> limited, Collection<String> served) {
        for (String name : limited) {
            if (!served.contains(name)) {
                throw new IllegalArgumentException("the concurrency of " + what + " \"" + name
                        + "\" is limited, and this worker does not serve it" + Nearest.to(name, served));
            }
        }
    }

    private Map<String, HandlerEntry> intercepted(MillraceBuilder settings) {
        List<Interceptor> all = new ArrayList<>(settings.interceptors());
        all.addAll(interceptors);
        Map<String, HandlerEntry> entries = new LinkedHashMap<>();
        handlers.forEach((kind, entry) -> entries.put(kind, entry.withCode(Interception.around(entry.code(), all))));
        return entries;
    }

    /**
     * Builds the worker and starts it.
     *
     * @throws IllegalStateException when it has no handler
     * @throws IllegalArgumentException when it limits a kind or queue that it does not serve
     * @throws StoreException when the store cannot take its registration
     */
    public Worker start() {
        return build().start();
    }

    private ThreadFactory threads() {
        if (virtualThreads) {
            return virtualFactory(name + "-hand-");
        }
        AtomicInteger number = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, name + "-hand-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    /** {@code Thread.ofVirtual().name(prefix, 1).factory()}, which Java 17 cannot name. */
    private static ThreadFactory virtualFactory(String prefix) {
        try {
            Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
            Class<?> type = Class.forName("java.lang.Thread$Builder$OfVirtual");
            Object named = type.getMethod("name", String.class, long.class).invoke(builder, prefix, 1L);
            return (ThreadFactory) type.getMethod("factory").invoke(named);
        } catch (ClassNotFoundException
                | NoSuchMethodException
                | IllegalAccessException
                | InvocationTargetException e) {
            throw new IllegalStateException("this Java does not give virtual threads: leave virtualThreads() out", e);
        }
    }

    private static long atLeastOne(String what, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(what + " is " + value + ": give 1 or more");
        }
        return value;
    }
}
