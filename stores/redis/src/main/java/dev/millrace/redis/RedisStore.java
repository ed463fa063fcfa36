package dev.millrace.redis;

import dev.millrace.spi.Beat;
import dev.millrace.spi.BeatReply;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.Examination;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.ExchangeReply;
import dev.millrace.spi.Filter;
import dev.millrace.spi.JobCount;
import dev.millrace.spi.JobPage;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.LayoutPlan;
import dev.millrace.spi.Micros;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Operation;
import dev.millrace.spi.OperationReport;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.RunEnd;
import dev.millrace.spi.RunRef;
import dev.millrace.spi.SessionCommand;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.SessionRecord;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreConfig;
import dev.millrace.spi.StoreInfo;
import dev.millrace.spi.Sweep;
import dev.millrace.spi.SweepReport;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The store: hands each call to the part whose business it is, and rings for what it may have changed. */
final class RedisStore implements Store {
    private final Settings settings;
    private final Server server;
    private final Calls calls;
    private final Partitions partitions;
    private final StoreInfo info;
    private final Enqueues enqueues;
    private final Exchanges exchanges;
    private final Sessions sessions;
    private final Sweeper sweeper;
    private final Looks looks;
    private final Pages pages;
    private final Operations operations;
    private final NoteKeeper notes;
    private final Limits limits;
    private final Transfers transfers;
    private final Verifier verifier;
    private final Wakeups wakeups;
    private final java.time.Clock clock;

    private RedisStore(StoreConfig config, Settings settings, Server server, Opening.Found found) {
        this.settings = settings;
        this.server = server;
        calls = new Calls(server.errors(), settings.limits());
        clock = config.clock();
        partitions = new Partitions(settings.prefix(), found.partitions());
        info = new StoreInfo("redis", settings.shown(), found.version(), Opening.SCHEMA, found.durability());
        UniqueKeys keys = new UniqueKeys(server, partitions);
        Outbox outbox = new Outbox(server, partitions);
        looks = new Looks(server, partitions);
        notes = new NoteKeeper(server, partitions);
        limits = new Limits(server, partitions, notes);
        Revivals revivals = new Revivals(server, config.retention(), looks, keys);
        Letters letters = new Letters(server, partitions, config.retention(), revivals);
        enqueues = new Enqueues(server, partitions, config.retention(), keys, letters);
        exchanges = new Exchanges(server, partitions, config.retention(), outbox, letters);
        sessions = new Sessions(server, partitions);
        sweeper = new Sweeper(server, partitions, config.retention(), outbox, letters);
        pages = new Pages(server, partitions, looks);
        operations = new Operations(server, partitions, config.retention(), pages, keys, outbox, letters);
        Imports imports = new Imports(server, partitions, config.retention(), keys, letters);
        transfers = new Transfers(server, partitions, looks, notes, imports);
        verifier = new Verifier(server, partitions, looks, outbox, letters);
        wakeups = new Wakeups(server, settings);
        limits.tellAll();
    }

    static RedisStore open(StoreConfig config, Settings settings) {
        RedisErrors errors = new RedisErrors(settings);
        Server server = new Server(settings, errors, config.clock());
        try {
            return new RedisStore(config, settings, server, new Opening(server, settings, errors).check());
        } catch (RuntimeException e) {
            server.close();
            throw errors.of(e);
        }
    }

    static LayoutPlan layout(StoreConfig config, Settings settings) {
        RedisErrors errors = new RedisErrors(settings);
        try (Server server = new Server(settings, errors, config.clock())) {
            return new Opening(server, settings, errors).layout();
        } catch (RuntimeException e) {
            throw errors.of(e);
        }
    }

    @Override
    public StoreInfo info() {
        return info;
    }

    @Override
    public Instant now() {
        return calls.call(this::serverTime);
    }

    private Instant serverTime() {
        List<byte[]> time = server.await(server.send(commands -> commands.time()));
        long micros = Long.parseLong(Unpack.utf8(time.get(0))) * 1_000_000L + Long.parseLong(Unpack.utf8(time.get(1)));
        return Micros.instant(micros + server.offset());
    }

    @Override
    public List<Answer> enqueue(List<NewJob> jobs) {
        return calls.call(() -> store(jobs));
    }

    private List<Answer> store(List<NewJob> jobs) {
        List<Answer> answers = enqueues.enqueue(jobs, clock.instant());
        if (answers.stream().anyMatch(answer -> answer instanceof Answer.Stored || answer instanceof Answer.Replaced)) {
            // A SCHEDULED job wakes workers too: it may be due before what they wait for.
            boolean tied = jobs.stream().anyMatch(Ties::waits);
            wakeups.ring(tied ? EnumSet.of(Signal.READY, Signal.FINISHED) : EnumSet.of(Signal.READY));
        }
        return answers;
    }

    @Override
    public void openSession(SessionOpening opening) {
        calls.run(() -> sessions.open(opening));
    }

    @Override
    public ExchangeReply exchange(Exchange exchange) {
        EnumSet<Signal> signals = EnumSet.noneOf(Signal.class);
        for (Settlement settlement : exchange.settlements()) {
            signals.add(Signal.FINISHED);
            RunEnd end = settlement.outcome().end();
            // Retried and snoozed jobs may be due before what workers wait for.
            if (end == RunEnd.RETRIED || end == RunEnd.SNOOZED || end == RunEnd.HANDED_BACK) {
                signals.add(Signal.READY);
            }
        }
        return calls.call(() -> {
            Exchanges.Done done = exchanges.exchange(exchange);
            if (done.moved()) {
                signals.add(Signal.READY);
                signals.add(Signal.FINISHED);
            }
            wakeups.ring(signals);
            return done.reply();
        });
    }

    @Override
    public BeatReply beat(Beat beat) {
        return calls.call(() -> sessions.beat(beat));
    }

    @Override
    public boolean checkpoint(RunRef run, String step, byte[] value) {
        return calls.call(() -> server.yes(
                Script.CHECKPOINT,
                partitions.ofQueue(run.queue()),
                new Args().add(run.job()).add(run.token()).add(step).add(value).list()));
    }

    @Override
    public boolean closeSession(UUID session) {
        return calls.call(() -> sessions.close(session));
    }

    @Override
    public SweepReport sweep(Sweep sweep) {
        return calls.call(() -> swept(sweep));
    }

    private SweepReport swept(Sweep sweep) {
        limits.tellAll();
        Sweeper.Done done = sweeper.sweep(sweep);
        SweepReport report = done.report();
        EnumSet<Signal> signals = EnumSet.noneOf(Signal.class);
        if (report.promoted() + report.rescued() > 0 || done.moved()) {
            signals.add(Signal.READY);
        }
        if (report.rescued() + report.expired() > 0 || done.moved()) {
            signals.add(Signal.FINISHED);
        }
        wakeups.ring(signals);
        return report;
    }

    @Override
    public List<JobRecord> get(Collection<UUID> ids) {
        return calls.call(
                () -> looks.find(ids).stream().map(Looks.Found::record).toList());
    }

    @Override
    public List<Dependency> parents(Collection<UUID> children) {
        return calls.call(() -> looks.parents(children));
    }

    @Override
    public JobTrail trail(UUID id) {
        return calls.call(() -> looks.trail(id));
    }

    @Override
    public JobPage page(Filter filter, @Nullable UUID after, int limit) {
        Pages.Page page = calls.call(() -> pages.page(filter, after, limit));
        return new JobPage(page.jobs().stream().map(Looks.Found::record).toList(), page.next());
    }

    @Override
    public List<JobCount> counts() {
        return calls.call(looks::counts);
    }

    @Override
    public List<SessionRecord> sessions() {
        return calls.call(sessions::records);
    }

    @Override
    public OperationReport operate(Operation operation, Filter filter, @Nullable UUID after, int limit) {
        return calls.call(() -> operated(operation, filter, after, limit));
    }

    private OperationReport operated(Operation operation, Filter filter, @Nullable UUID after, int limit) {
        OperationReport report = operations.operate(operation, filter, after, limit);
        EnumSet<Signal> signals = EnumSet.noneOf(Signal.class);
        if (!report.requested().isEmpty()) {
            signals.add(Signal.CONTROL);
        }
        if (!report.done().isEmpty()) {
            signals.add(Signal.READY);
            signals.add(Signal.FINISHED);
        }
        wakeups.ring(signals);
        return report;
    }

    @Override
    public boolean command(UUID session, SessionCommand command) {
        return calls.call(() -> {
            boolean left = sessions.command(session, command);
            if (left) {
                wakeups.ring(EnumSet.of(Signal.CONTROL));
            }
            return left;
        });
    }

    @Override
    public Optional<Note> note(String space, String key) {
        return calls.call(() -> notes.note(space, key));
    }

    @Override
    public List<Note> notes(String space) {
        return calls.call(() -> notes.notes(space));
    }

    @Override
    public Optional<Long> putNote(
            String space, String key, byte[] value, long expected, @Nullable Duration timeToLive) {
        return calls.call(() -> {
            Optional<Long> revision = notes.put(space, key, value, expected, timeToLive);
            changed(space, key);
            wakeups.ring(EnumSet.of(Signal.CONTROL));
            return revision;
        });
    }

    @Override
    public boolean removeNote(String space, String key, long expected) {
        return calls.call(() -> {
            boolean removed = notes.remove(space, key, expected);
            changed(space, key);
            wakeups.ring(EnumSet.of(Signal.CONTROL));
            return removed;
        });
    }

    private void changed(String space, String key) {
        if (space.equals(QueueLimits.SPACE)) {
            limits.tell(key);
        }
    }

    @Override
    public ExportPage exportPage(@Nullable String cursor, int limit) {
        return calls.call(() -> transfers.export(cursor, limit));
    }

    @Override
    public int importItems(List<Item> items) {
        return calls.call(() -> {
            int taken = transfers.take(items);
            limits.tellAll();
            wakeups.ring(EnumSet.of(Signal.READY));
            return taken;
        });
    }

    @Override
    public Subscription listen(WakeListener listener) {
        return calls.call(() -> wakeups.subscribe(listener));
    }

    @Override
    public List<String> verify() {
        return calls.call(verifier::problems);
    }

    @Override
    public Examination examine() {
        return examine(Patience.USUAL);
    }

    Examination examine(Patience patience) {
        return Doctor.examine(server, partitions, settings, patience);
    }

    @Override
    public void optimize() {
        // Redis gives memory back by itself; what is old goes with the next sweep.
        now();
    }

    @Override
    public void close() {
        calls.close();
        wakeups.close();
        server.close();
    }
}
