package dev.millrace.sqlite;

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
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One database file. Changes go to the writer, looks to the readers. */
final class SqliteStore implements Store {
    private final Settings settings;
    private final Database database;
    private final SqliteErrors errors;
    private final Clock clock;
    private final StoreInfo info;
    private final Wakeups wakeups;
    private final Writer writer;
    private final Readers readers;
    private final SessionLocks locks;
    private final CallerTransactions transactions;

    private SqliteStore(
            StoreConfig config, Settings settings, SqliteErrors errors, Database database, Connection connection)
            throws SQLException {
        this.settings = settings;
        this.database = database;
        this.errors = errors;
        this.clock = config.clock();
        Statements sql = new Statements(connection);
        this.info = new StoreInfo(
                "sqlite",
                settings.shown(),
                sql.text("SELECT sqlite_version()"),
                Schema.version(sql),
                settings.synchronous().durability);
        this.wakeups = new Wakeups();
        this.readers = new Readers(database, errors);
        this.locks = new SessionLocks(settings.path());
        this.writer = new Writer(
                connection,
                errors,
                clock,
                config.retention(),
                wakeups,
                settings.path().getFileName().toString());
        this.transactions = new CallerTransactions(settings.path(), errors, writer, readers, clock, config.retention());
    }

    static SqliteStore open(StoreConfig config, Settings settings) {
        SqliteErrors errors = new SqliteErrors(settings);
        Database database = new Database(settings, errors);
        database.checkPlace();
        try {
            boolean readOnly = settings.mode() == Settings.Mode.RO;
            Connection connection = readOnly ? database.openReader() : database.openWriter();
            try {
                prepareLayout(new Statements(connection), settings, errors);
                return new SqliteStore(config, settings, errors, database, connection);
            } catch (SQLException | RuntimeException e) {
                connection.close();
                throw e;
            }
        } catch (SQLException e) {
            throw errors.opening(e);
        }
    }

    static LayoutPlan layout(Settings settings) {
        SqliteErrors errors = new SqliteErrors(settings);
        Database database = new Database(settings, errors);
        database.checkPlace();
        if (Files.notExists(settings.path())) {
            return Schema.layout(0);
        }
        try (Connection connection = database.openReader()) {
            return Schema.layout(Schema.check(new Statements(connection), errors));
        } catch (SQLException e) {
            throw errors.opening(e);
        }
    }

    private static void prepareLayout(Statements sql, Settings settings, SqliteErrors errors) throws SQLException {
        if (settings.mode() == Settings.Mode.RW) {
            Schema.migrate(sql, errors);
        } else if (Schema.check(sql, errors) != Schema.VERSION) {
            throw errors.lasting("holds no queue of layout " + Schema.VERSION
                    + ", and mode=ro neither creates nor migrates. Open it once without mode=ro");
        }
    }

    @Override
    public StoreInfo info() {
        return info;
    }

    @Override
    public Instant now() {
        return Micros.instant(micros());
    }

    @Override
    public List<Answer> enqueue(List<NewJob> jobs) {
        return jobs.isEmpty() ? List.of() : write(tx -> Enqueues.enqueue(tx, jobs));
    }

    @Override
    public void openSession(SessionOpening opening) {
        refuseReadOnly();
        locks.take(opening.id());
        write(tx -> {
            Sessions.open(tx, opening);
            return true;
        });
    }

    @Override
    public ExchangeReply exchange(Exchange exchange) {
        return write(tx -> Sessions.exchange(tx, exchange));
    }

    @Override
    public BeatReply beat(Beat beat) {
        return write(tx -> Sessions.beat(tx, beat));
    }

    @Override
    public boolean checkpoint(RunRef run, String step, byte[] value) {
        return write(tx -> Sessions.checkpoint(tx, run, step, value));
    }

    @Override
    public boolean closeSession(UUID session) {
        boolean closed = write(tx -> Sessions.close(tx, session));
        locks.release(session);
        return closed;
    }

    @Override
    public SweepReport sweep(Sweep sweep) {
        refuseReadOnly();
        try (SessionLocks.Findings findings = locks.dead()) {
            return write(tx -> Sweeper.sweep(tx, sweep, findings.sessions()));
        }
    }

    @Override
    public List<JobRecord> get(Collection<UUID> ids) {
        return readers.read(sql -> Looks.get(sql, ids));
    }

    @Override
    public List<Dependency> parents(Collection<UUID> children) {
        return readers.read(sql -> Dependencies.of(sql, children));
    }

    @Override
    public JobTrail trail(UUID id) {
        return readers.read(sql -> Looks.trail(sql, id));
    }

    @Override
    public JobPage page(Filter filter, @Nullable UUID after, int limit) {
        return readers.read(sql -> Pages.page(sql, filter, after, limit));
    }

    @Override
    public List<JobCount> counts() {
        return readers.read(Looks::counts);
    }

    @Override
    public List<SessionRecord> sessions() {
        return readers.read(sql -> Sessions.list(sql, micros()));
    }

    @Override
    public OperationReport operate(Operation operation, Filter filter, @Nullable UUID after, int limit) {
        return write(tx -> Operations.operate(tx, operation, filter, after, limit));
    }

    @Override
    public boolean command(UUID session, SessionCommand command) {
        return write(tx -> Sessions.command(tx, session, command));
    }

    @Override
    public Optional<Note> note(String space, String key) {
        return readers.read(sql -> NotesTable.find(sql, space, key, micros()));
    }

    @Override
    public List<Note> notes(String space) {
        return readers.read(sql -> NotesTable.all(sql, space, micros()));
    }

    @Override
    public Optional<Long> putNote(
            String space, String key, byte[] value, long expected, @Nullable Duration timeToLive) {
        return write(tx -> NotesTable.put(tx, space, key, value, expected, timeToLive));
    }

    @Override
    public boolean removeNote(String space, String key, long expected) {
        return write(tx -> NotesTable.remove(tx, space, key, expected));
    }

    @Override
    public ExportPage exportPage(@Nullable String cursor, int limit) {
        return readers.read(sql -> Exports.export(sql, cursor, limit, micros()));
    }

    @Override
    public int importItems(List<Item> items) {
        return write(tx -> Imports.take(tx, items));
    }

    @Override
    public Subscription listen(WakeListener listener) {
        return wakeups.subscribe(listener);
    }

    @Override
    public Optional<Transactions> transactions() {
        refuseReadOnly();
        return Optional.of(transactions);
    }

    @Override
    public List<String> verify() {
        return readers.read(Verifier::verify);
    }

    @Override
    public Examination examine() {
        return examine(Patience.USUAL);
    }

    Examination examine(Patience patience) {
        return Doctor.examine(settings, database, patience);
    }

    @Override
    public void optimize() {
        refuseReadOnly();
        Upkeep.run(writer);
    }

    @Override
    public void close() {
        readers.close(); // the last connection folds the log into the file, which one that only reads cannot
        writer.close();
        locks.close();
    }

    private <T extends @Nullable Object> T write(Tx.Change<T> change) {
        refuseReadOnly();
        return writer.write(change);
    }

    private void refuseReadOnly() {
        if (settings.mode() == Settings.Mode.RO) {
            throw errors.lasting("was opened with mode=ro, just to look, and is not changed. Open it without mode=ro");
        }
    }

    private long micros() {
        return Spans.micros(clock.instant());
    }
}
