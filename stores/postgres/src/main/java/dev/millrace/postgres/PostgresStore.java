package dev.millrace.postgres;

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
import dev.millrace.spi.RunRef;
import dev.millrace.spi.SessionCommand;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.SessionRecord;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreConfig;
import dev.millrace.spi.StoreInfo;
import dev.millrace.spi.Sweep;
import dev.millrace.spi.SweepReport;
import dev.millrace.spi.Transactions;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/** One schema of one database. Hands each call to the class whose task it is. */
final class PostgresStore implements Store {
    /** The first major version that vacuums by what was inserted, which the tables ask for. */
    private static final int OLDEST = 13;

    private final Settings settings;
    private final StoreInfo info;
    private final Calls calls;
    private final Wakeups wakeups;
    private final Exchanges exchanges;
    private final Sessions sessions;
    private final Sweeper sweeper;
    private final CallerTransactions transactions;

    private PostgresStore(Settings settings, StoreInfo info, Calls calls, Wakeups wakeups, Identity identity) {
        this.settings = settings;
        this.info = info;
        this.calls = calls;
        this.wakeups = wakeups;
        this.exchanges = new Exchanges(calls);
        this.sessions = new Sessions(calls);
        this.sweeper = new Sweeper(calls);
        this.transactions = new CallerTransactions(settings, calls, wakeups, identity);
    }

    static PostgresStore open(StoreConfig config, Settings settings, Schema schema) {
        PostgresErrors errors = new PostgresErrors(settings);
        Sql.Names names = new Sql.Names(settings.schema());
        Links links;
        try {
            links = Links.open(settings);
        } catch (SQLException e) {
            throw errors.opening(e);
        }
        try (Connection connection = links.take()) {
            PGConnection server = connection.unwrap(PGConnection.class);
            String version = check(server, errors);
            Sql sql = new Sql(connection, names, links.preface());
            if (!schema.ready(sql, errors)) {
                try (Connection patient = links.unhurried()) {
                    schema.migrate(new Sql(patient, names, links.unhurriedPreface()), settings.schema(), errors);
                }
            }
            Durability durability = Durability.read(sql);
            durability.warn(settings.shown());
            StoreInfo info =
                    new StoreInfo("postgresql", settings.shown(), version, schema.version(), durability.outlives());
            Wakeups wakeups = new Wakeups(links, settings.schema(), settings.shown());
            Calls calls = new Calls(
                    links, errors, names, config.clock(), config.retention(), wakeups, settings.socketTimeout());
            calls.lanes().read(sql);
            wakeups.whenControlled(calls.limits()::distrust);
            return new PostgresStore(settings, info, calls, wakeups, Identity.read(sql));
        } catch (SQLException e) {
            links.close();
            throw errors.opening(e);
        } catch (RuntimeException e) {
            links.close();
            throw e;
        }
    }

    static LayoutPlan layout(Settings settings, Schema schema) {
        PostgresErrors errors = new PostgresErrors(settings);
        try (Connection connection = Links.single(settings)) {
            check(connection.unwrap(PGConnection.class), errors);
            return schema.layout(new Sql(connection, new Sql.Names(settings.schema())), settings.schema(), errors);
        } catch (SQLException e) {
            throw errors.opening(e);
        }
    }

    private static String check(PGConnection server, PostgresErrors errors) {
        String version = Objects.requireNonNullElse(server.getParameterStatus("server_version"), "0");
        String major = version.replaceAll("[^0-9].*", "");
        if (major.isEmpty() || Integer.parseInt(major) < OLDEST) {
            throw errors.lasting("is of version " + version + "; versions from " + OLDEST
                    + " on will do. Nothing was changed. Upgrade the server");
        }
        String encoding = server.getParameterStatus("server_encoding");
        if (encoding != null && !encoding.equals("UTF8")) {
            throw errors.lasting(
                    "keeps text as " + encoding + ", which has no room for every character. Nothing was changed."
                            + " Create the database with ENCODING 'UTF8'");
        }
        return version;
    }

    @Override
    public StoreInfo info() {
        return info;
    }

    @Override
    public Instant now() {
        return calls.run(sql -> Micros.instant(Objects.requireNonNull(
                sql.first(Sql.AT_TIME + " SELECT now FROM t", row -> (Long) row.getLong(1), calls.moved()))));
    }

    @Override
    public List<Answer> enqueue(List<NewJob> jobs) {
        return jobs.isEmpty() ? List.of() : Enqueues.enqueue(calls, jobs);
    }

    @Override
    public void openSession(SessionOpening opening) {
        sessions.open(opening);
    }

    @Override
    public ExchangeReply exchange(Exchange exchange) {
        return exchanges.exchange(exchange);
    }

    /** Whether claims step over dead rows by marks. */
    boolean skipsDeadRows() {
        return exchanges.skipsDeadRows();
    }

    @Override
    public boolean settlesBeside() {
        return true;
    }

    @Override
    public BeatReply beat(Beat beat) {
        return sessions.beat(beat);
    }

    @Override
    public boolean checkpoint(RunRef run, String step, byte[] value) {
        return sessions.checkpoint(run, step, value);
    }

    @Override
    public boolean closeSession(UUID session) {
        return sessions.close(session);
    }

    @Override
    public SweepReport sweep(Sweep sweep) {
        return sweeper.sweep(sweep);
    }

    @Override
    public List<JobRecord> get(Collection<UUID> ids) {
        return ids.isEmpty()
                ? List.of()
                : calls.run(sql -> new ArrayList<>(
                        Records.read(sql, calls.lanes(), Job.sorted(ids)).values()));
    }

    @Override
    public List<Dependency> parents(Collection<UUID> children) {
        return children.isEmpty() ? List.of() : calls.run(sql -> DependencyRows.of(sql, children));
    }

    @Override
    public JobTrail trail(UUID id) {
        return calls.run(sql -> Looks.trail(sql, id));
    }

    @Override
    public JobPage page(Filter filter, @Nullable UUID after, int limit) {
        return calls.run(sql -> Pages.page(sql, calls.lanes(), filter, after, limit));
    }

    @Override
    public List<JobCount> counts() {
        return calls.run(Looks::counts);
    }

    @Override
    public List<SessionRecord> sessions() {
        return sessions.list();
    }

    @Override
    public OperationReport operate(Operation operation, Filter filter, @Nullable UUID after, int limit) {
        return calls.transact(tx -> Operations.operate(tx, operation, filter, after, limit));
    }

    @Override
    public boolean command(UUID session, SessionCommand command) {
        boolean left = sessions.command(session, command);
        calls.ring(EnumSet.of(Signal.CONTROL));
        return left;
    }

    @Override
    public Optional<Note> note(String space, String key) {
        return calls.run(sql -> NotesTable.find(sql, calls.moved(), space, key));
    }

    @Override
    public List<Note> notes(String space) {
        return calls.run(sql -> NotesTable.all(sql, calls.moved(), space));
    }

    @Override
    public Optional<Long> putNote(
            String space, String key, byte[] value, long expected, @Nullable Duration timeToLive) {
        Optional<Long> revision = space.equals(QueueLimits.SPACE)
                ? calls.transact(tx -> LimitNotes.put(tx, key, value, expected, timeToLive))
                : calls.run(sql -> NotesTable.put(sql, calls.moved(), space, key, value, expected, timeToLive));
        if (space.equals(QueueLimits.SPACE)) {
            calls.limits().distrust();
        }
        calls.ring(EnumSet.of(Signal.CONTROL));
        return revision;
    }

    @Override
    public boolean removeNote(String space, String key, long expected) {
        boolean removed = space.equals(QueueLimits.SPACE)
                ? calls.transact(tx -> LimitNotes.remove(tx, key, expected))
                : calls.run(sql -> NotesTable.remove(sql, calls.moved(), space, key, expected));
        if (space.equals(QueueLimits.SPACE)) {
            calls.limits().distrust();
        }
        calls.ring(EnumSet.of(Signal.CONTROL));
        return removed;
    }

    @Override
    public ExportPage exportPage(@Nullable String cursor, int limit) {
        return calls.transact(tx -> Exports.page(tx, cursor, limit));
    }

    @Override
    public int importItems(List<Item> items) {
        return items.isEmpty() ? 0 : Imports.take(calls, items);
    }

    @Override
    public Subscription listen(WakeListener listener) {
        return wakeups.subscribe(listener);
    }

    @Override
    public Optional<Transactions> transactions() {
        return Optional.of(transactions);
    }

    @Override
    public List<String> verify() {
        return calls.unhurried(sql -> Verifier.verify(sql, calls.moved()));
    }

    @Override
    public Examination examine() {
        return examine(Patience.USUAL);
    }

    Examination examine(Patience patience) {
        return Doctor.examine(calls, settings, patience);
    }

    @Override
    public void optimize() {
        calls.unhurried(sql -> {
            for (String table : List.of(
                    "job",
                    "history",
                    "tally",
                    "total",
                    "payload",
                    "spec",
                    "tag",
                    "holder",
                    "dependency",
                    "slot",
                    "group",
                    "bucket",
                    "outbox",
                    "run",
                    "log",
                    "progress",
                    "step",
                    "tombstone",
                    "note",
                    "session",
                    "lane",
                    "segment")) {
                sql.run("VACUUM (ANALYZE) @" + table);
            }
            return true;
        });
    }

    @Override
    public void close() {
        calls.close();
        wakeups.close();
    }

    @Override
    public String toString() {
        return settings.shown();
    }
}
