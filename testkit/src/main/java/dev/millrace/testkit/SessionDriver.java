package dev.millrace.testkit;

import dev.millrace.Failure;
import dev.millrace.spi.Beat;
import dev.millrace.spi.BeatReply;
import dev.millrace.spi.Claim;
import dev.millrace.spi.Claim.Queues;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.ExchangeReply;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.Report;
import dev.millrace.spi.SettleAnswer;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/** A worker's session in a test's hands: every call is one call of the store. Begins at {@link StoreDriver#session()}. */
public final class SessionDriver {
    private static final Queues ALL = new Queues.AllBut(Set.of());

    private final Store store;
    private final UUID id;
    private final String worker;
    private final Set<String> kinds;
    private final AtomicLong exchanges = new AtomicLong();

    SessionDriver(Store store, UUID id, String worker, Set<String> kinds) {
        this.store = store;
        this.id = id;
        this.worker = worker;
        this.kinds = kinds;
    }

    public UUID id() {
        return id;
    }

    public String worker() {
        return worker;
    }

    /** The number of the latest exchange. */
    public long exchangeNumber() {
        return exchanges.get();
    }

    /** The same session, reached through another view of the store. */
    public SessionDriver through(Store view) {
        SessionDriver other = new SessionDriver(view, id, worker, kinds);
        other.exchanges.set(exchanges.get());
        return other;
    }

    /** Claims up to so many jobs of all queues, struck ones among them. */
    public List<ClaimedJob> claim(int limit) {
        return claim(next(ALL, limit));
    }

    public List<ClaimedJob> claim(Claim claim) {
        return exchange(List.of(), claim).claimed();
    }

    /** Claims from these queues in strict order. */
    public List<ClaimedJob> claimFrom(int limit, String... queues) {
        return claim(next(new Queues.InOrder(List.of(queues)), limit));
    }

    /** What {@link #claim(int)} asks for, of some queues. */
    public Claim.Next next(Queues queues, int limit) {
        return new Claim.Next(queues, kinds, -1_000, limit, limit);
    }

    /** Claims the next job. */
    public ClaimedJob claimNext() {
        List<ClaimedJob> claimed = claim(1);
        if (claimed.size() != 1) {
            throw new AssertionError("there should be one job to claim, but the store gave " + claimed);
        }
        return claimed.get(0);
    }

    /** Claims this one job. */
    public Optional<ClaimedJob> claimThis(UUID job) {
        return claim(new Claim.One(job, kinds)).stream().findFirst();
    }

    /** Claims this one job, which must be there to be claimed. */
    public ClaimedJob take(UUID job) {
        return claimThis(job)
                .orElseThrow(() -> new AssertionError("job " + job + " should be claimed, but the store gave nothing"));
    }

    public ExchangeReply exchange(List<Settlement> settlements, Claim claim) {
        return store.exchange(new Exchange(id, exchanges.incrementAndGet(), settlements, claim));
    }

    public SettleAnswer settle(ClaimedJob job, Outcome outcome) {
        return settle(Settlement.of(job.run(), outcome));
    }

    public SettleAnswer settle(Settlement settlement) {
        return settle(List.of(settlement)).get(0);
    }

    public List<SettleAnswer> settle(List<Settlement> settlements) {
        return exchange(settlements, new Claim.Nothing()).answers();
    }

    public SettleAnswer succeed(ClaimedJob job) {
        return settle(job, new Outcome.Succeeded(null));
    }

    public SettleAnswer fail(ClaimedJob job) {
        return settle(job, new Outcome.Failed(Failure.of("broken", "it broke")));
    }

    public SettleAnswer retry(ClaimedJob job, Duration delay) {
        return settle(job, new Outcome.Retry(Failure.of("broken", "it broke"), delay));
    }

    public SettleAnswer snooze(ClaimedJob job, Duration delay) {
        return settle(job, new Outcome.Snoozed(delay));
    }

    /** Gives back a job whose handler had not begun. */
    public SettleAnswer handBack(ClaimedJob job) {
        return settle(job, new Outcome.HandedBack(false));
    }

    public BeatReply beat() {
        return store.beat(new Beat(id, "{}", List.of()));
    }

    /** Beats, with news of one run. */
    public BeatReply beat(ClaimedJob job, Report report) {
        return store.beat(new Beat(id, "{}", List.of(new Beat.RunReport(job.run(), report))));
    }

    public boolean close() {
        return store.closeSession(id);
    }
}
