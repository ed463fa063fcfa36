package dev.millrace.testkit;

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
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Operation;
import dev.millrace.spi.OperationReport;
import dev.millrace.spi.RunRef;
import dev.millrace.spi.SessionCommand;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.SessionRecord;
import dev.millrace.spi.SettleAnswer;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreInfo;
import dev.millrace.spi.Sweep;
import dev.millrace.spi.SweepReport;
import dev.millrace.spi.Transactions;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A store whose calls fail, lose their replies or hang when a test says so, and are counted. What fails how is said to its
 * {@link #faults()}:
 *
 * <pre>{@code
 * var store = new FaultyStore(inner);
 * store.faults().loseReply(Call.EXCHANGE, 1);   // the next exchange takes effect, and then throws
 * }</pre>
 *
 * <p>{@link #info}, {@link #now}, {@link #listen}, {@link #verify}, {@link #examine} and {@link #close} always work. Safe for several
 * threads.
 */
public final class FaultyStore implements Store {
    private final Store inner;
    private final Faults faults = new Faults();

    public FaultyStore(Store inner) {
        this.inner = inner;
    }

    /** What is to fail. */
    public Faults faults() {
        return faults;
    }

    @Override
    public List<Answer> enqueue(List<NewJob> jobs) {
        return faults.around(Faults.Call.ENQUEUE, () -> inner.enqueue(jobs));
    }

    @Override
    public void openSession(SessionOpening opening) {
        faults.around(Faults.Call.OPEN_SESSION, () -> {
            inner.openSession(opening);
            return true;
        });
    }

    @Override
    public ExchangeReply exchange(Exchange exchange) {
        faults.refuse(exchange.settlements());
        boolean forgets = !exchange.settlements().isEmpty() && faults.forgetsOutcomes();
        return faults.around(Faults.Call.EXCHANGE, () -> forgets ? forgetting(exchange) : inner.exchange(exchange));
    }

    private ExchangeReply forgetting(Exchange exchange) {
        ExchangeReply reply =
                inner.exchange(new Exchange(exchange.session(), exchange.number(), List.of(), exchange.claim()));
        List<SettleAnswer> answers = Collections.nCopies(exchange.settlements().size(), SettleAnswer.APPLIED);
        return new ExchangeReply(reply.open(), answers, reply.claimed(), reply.now(), reply.nextDue());
    }

    @Override
    public boolean settlesBeside() {
        return inner.settlesBeside();
    }

    @Override
    public BeatReply beat(Beat beat) {
        return faults.around(Faults.Call.BEAT, () -> inner.beat(beat));
    }

    @Override
    public boolean checkpoint(RunRef run, String step, byte[] value) {
        return faults.around(Faults.Call.CHECKPOINT, () -> inner.checkpoint(run, step, value));
    }

    @Override
    public boolean closeSession(UUID session) {
        return faults.around(Faults.Call.CLOSE_SESSION, () -> inner.closeSession(session));
    }

    @Override
    public SweepReport sweep(Sweep sweep) {
        return faults.around(Faults.Call.SWEEP, () -> inner.sweep(sweep));
    }

    @Override
    public List<JobRecord> get(Collection<UUID> ids) {
        return faults.around(Faults.Call.GET, () -> inner.get(ids));
    }

    @Override
    public List<Dependency> parents(Collection<UUID> children) {
        return faults.around(Faults.Call.PARENTS, () -> inner.parents(children));
    }

    @Override
    public JobTrail trail(UUID id) {
        return faults.around(Faults.Call.TRAIL, () -> inner.trail(id));
    }

    @Override
    public JobPage page(Filter filter, @Nullable UUID after, int limit) {
        return faults.around(Faults.Call.PAGE, () -> inner.page(filter, after, limit));
    }

    @Override
    public List<JobCount> counts() {
        return faults.around(Faults.Call.COUNTS, inner::counts);
    }

    @Override
    public List<SessionRecord> sessions() {
        return faults.around(Faults.Call.SESSIONS, inner::sessions);
    }

    @Override
    public OperationReport operate(Operation operation, Filter filter, @Nullable UUID after, int limit) {
        return faults.around(Faults.Call.OPERATE, () -> inner.operate(operation, filter, after, limit));
    }

    @Override
    public boolean command(UUID session, SessionCommand command) {
        return faults.around(Faults.Call.COMMAND, () -> inner.command(session, command));
    }

    @Override
    public Optional<Note> note(String space, String key) {
        return faults.around(Faults.Call.NOTE, () -> inner.note(space, key));
    }

    @Override
    public List<Note> notes(String space) {
        return faults.around(Faults.Call.NOTES, () -> inner.notes(space));
    }

    @Override
    public Optional<Long> putNote(
            String space, String key, byte[] value, long expected, @Nullable Duration timeToLive) {
        return faults.around(Faults.Call.PUT_NOTE, () -> inner.putNote(space, key, value, expected, timeToLive));
    }

    @Override
    public boolean removeNote(String space, String key, long expected) {
        return faults.around(Faults.Call.REMOVE_NOTE, () -> inner.removeNote(space, key, expected));
    }

    @Override
    public ExportPage exportPage(@Nullable String cursor, int limit) {
        return faults.around(Faults.Call.EXPORT_PAGE, () -> inner.exportPage(cursor, limit));
    }

    @Override
    public int importItems(List<Item> items) {
        return faults.around(Faults.Call.IMPORT_ITEMS, () -> inner.importItems(items));
    }

    @Override
    public void optimize() {
        faults.around(Faults.Call.OPTIMIZE, () -> {
            inner.optimize();
            return true;
        });
    }

    @Override
    public StoreInfo info() {
        return inner.info();
    }

    @Override
    public Instant now() {
        return inner.now();
    }

    @Override
    public Subscription listen(WakeListener listener) {
        return inner.listen(listener);
    }

    /** Joins always work, since they go by the caller's connection; the look at what came of a run can fail. */
    @Override
    public Optional<Transactions> transactions() {
        return inner.transactions().map(transactions -> new Transactions() {
            @Override
            public Joined join(Connection connection) {
                return transactions.join(connection);
            }

            @Override
            public Standing standing(RunRef run) {
                return faults.around(Faults.Call.STANDING, () -> transactions.standing(run));
            }
        });
    }

    @Override
    public List<String> verify() {
        return inner.verify();
    }

    @Override
    public Examination examine() {
        return inner.examine();
    }

    @Override
    public void close() {
        inner.close();
    }
}
