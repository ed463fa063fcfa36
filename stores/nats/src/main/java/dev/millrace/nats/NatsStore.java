package dev.millrace.nats;

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
import dev.millrace.spi.MissingParentException;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Operation;
import dev.millrace.spi.OperationReport;
import dev.millrace.spi.RunRef;
import dev.millrace.spi.SessionCommand;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.SessionRecord;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreConfig;
import dev.millrace.spi.StoreInfo;
import dev.millrace.spi.Sweep;
import dev.millrace.spi.SweepReport;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A store in a JetStream stream. Each call is one question to whoever leads, which may be this instance. */
final class NatsStore implements Store {
    private final Link link;
    private final Crew crew;
    private final Bell bell;
    private final ServerClock clock;
    private final Leadership leadership;
    private final StoreInfo info;
    private final UnderWay underWay;

    private NatsStore(StoreConfig config, Settings settings, Link link, int replicas) {
        this.link = link;
        crew = Crew.of(settings.stream());
        clock = new ServerClock(config.clock());
        bell = new Bell(link, crew);
        String name = "process " + ProcessHandle.current().pid();
        leadership = new Leadership(link, config.retention(), clock, bell, crew, name);
        info = new StoreInfo(
                "nats",
                settings.shown(),
                link.connection().getServerInfo().getVersion(),
                Draft.VERSION,
                durability(replicas));
        underWay = new UnderWay(settings);
    }

    static NatsStore open(StoreConfig config, Settings settings) {
        Link link = Link.open(settings);
        NatsStore store = null;
        try {
            store = new NatsStore(config, settings, link, Layout.ensure(link));
            store.leadership.begin();
            return store;
        } catch (RuntimeException e) {
            if (store == null) {
                link.close();
            } else {
                store.close();
            }
            throw e;
        }
    }

    static LayoutPlan layout(Settings settings) {
        try (Link link = Link.open(settings)) {
            return Layout.plan(link);
        }
    }

    private static String durability(int replicas) {
        return replicas > 1
                ? "the death of any process, and of any " + (replicas - 1) / 2 + " of its " + replicas
                        + " servers, also by power loss; a power loss of more than half of them at once may take back what the"
                        + " server had not synced (sync_interval)"
                : "the death of any process; a power loss or a crash of the system may take back what the server had not"
                        + " synced (sync_interval)";
    }

    @Override
    public StoreInfo info() {
        return info;
    }

    @Override
    public Instant now() {
        return clock.now();
    }

    @Override
    public List<Answer> enqueue(List<NewJob> jobs) {
        Call.Enqueue enqueue = new Call.Enqueue(jobs);
        Bulk.check(enqueue);
        Intaken became = call(enqueue);
        if (became instanceof Intaken.Missing missing) {
            throw new MissingParentException(missing.child(), missing.parent());
        }
        return ((Intaken.Taken) became).answers();
    }

    @Override
    public void openSession(SessionOpening opening) {
        call(new Call.OpenSession(opening));
    }

    @Override
    public ExchangeReply exchange(Exchange exchange) {
        return call(new Call.Exchanging(exchange));
    }

    @Override
    public BeatReply beat(Beat beat) {
        return call(new Call.Beating(beat));
    }

    @Override
    public boolean checkpoint(RunRef run, String step, byte[] value) {
        return call(new Call.Checkpoint(run, step, value));
    }

    @Override
    public boolean closeSession(UUID session) {
        return call(new Call.CloseSession(session));
    }

    @Override
    public SweepReport sweep(Sweep sweep) {
        return call(new Call.Sweeping(sweep));
    }

    @Override
    public List<JobRecord> get(Collection<UUID> ids) {
        return call(new Call.Get(List.copyOf(ids)));
    }

    @Override
    public List<Dependency> parents(Collection<UUID> children) {
        return call(new Call.Parents(List.copyOf(children)));
    }

    @Override
    public JobTrail trail(UUID id) {
        return call(new Call.Trailing(id));
    }

    @Override
    public JobPage page(Filter filter, @Nullable UUID after, int limit) {
        return call(new Call.Page(filter, after, limit));
    }

    @Override
    public List<JobCount> counts() {
        return call(new Call.Counts());
    }

    @Override
    public List<SessionRecord> sessions() {
        return call(new Call.ListSessions());
    }

    @Override
    public OperationReport operate(Operation operation, Filter filter, @Nullable UUID after, int limit) {
        return call(new Call.Operate(operation, filter, after, limit));
    }

    @Override
    public boolean command(UUID session, SessionCommand command) {
        return call(new Call.Command(session, command));
    }

    @Override
    public Optional<Note> note(String space, String key) {
        return call(new Call.ReadNote(space, key));
    }

    @Override
    public List<Note> notes(String space) {
        return call(new Call.ListNotes(space));
    }

    @Override
    public Optional<Long> putNote(
            String space, String key, byte[] value, long expected, @Nullable Duration timeToLive) {
        return call(new Call.PutNote(space, key, value.clone(), expected, timeToLive));
    }

    @Override
    public boolean removeNote(String space, String key, long expected) {
        return call(new Call.RemoveNote(space, key, expected));
    }

    @Override
    public ExportPage exportPage(@Nullable String cursor, int limit) {
        return call(new Call.Export(cursor, limit));
    }

    @Override
    public int importItems(List<Item> items) {
        int taken = 0;
        for (List<Item> slice : Bulk.slices(items, Bulk.SLICE_BYTES)) {
            taken += call(new Call.Import(slice));
        }
        return taken;
    }

    @Override
    public Subscription listen(WakeListener listener) {
        return underWay.call(() -> bell.subscribe(listener));
    }

    @Override
    public List<String> verify() {
        return call(new Call.Verify());
    }

    @Override
    public Examination examine() {
        return examine(Patience.USUAL);
    }

    Examination examine(Patience patience) {
        return underWay.call(() -> Doctor.examine(link, leadership, patience));
    }

    @Override
    public void optimize() {
        call(new Call.Optimize());
    }

    private <R> R call(Call<R> call) {
        return underWay.call(() -> leadership.call(call));
    }

    @Override
    public void close() {
        underWay.close(() -> {
            leadership.close();
            crew.close();
            link.close();
        });
    }
}
