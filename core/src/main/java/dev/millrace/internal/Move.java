package dev.millrace.internal;

import dev.millrace.MillraceException;
import dev.millrace.MoveException;
import dev.millrace.MoveReport;
import dev.millrace.TransferProgress;
import dev.millrace.TransferProgress.Phase;
import dev.millrace.spi.JobCount;
import dev.millrace.spi.Notes;
import dev.millrace.spi.Store;
import dev.millrace.spi.Transfer.Item;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries everything from one store to another, then reads both and compares. Before and after it makes sure that no worker is
 * live on either: it would change things behind the move's back. In both, sessions of dead workers are closed and their jobs
 * taken back, as the next worker would do; apart from that the source is only read. What the target holds already is left
 * alone, so a move that was broken off goes on when it is run again, and one that is repeated changes nothing.
 *
 * <p>Memory holds two pages at a time: the next is read while one is written.
 */
public final class Move {
    private static final Logger LOG = LoggerFactory.getLogger(Move.class);
    /** Where the mark lies by which a store is known again; it is gone in a minute by itself. */
    private static final String SPACE = "millrace.move";

    private static final Duration MARK_LIVES = Duration.ofMinutes(1);

    private final Store source;
    private final Store target;
    private final Consumer<TransferProgress> watcher;
    private final AtomicLong done = new AtomicLong();
    private volatile boolean ended;
    private long total;

    private Move(Store source, Store target, Consumer<TransferProgress> watcher) {
        this.source = source;
        this.target = target;
        this.watcher = watcher;
    }

    /**
     * Moves everything.
     *
     * @param watcher told of each page, on any thread, one call at a time
     * @throws MoveException if workers are live, or the stores are not alike at the end
     */
    public static MoveReport run(Store source, Store target, Consumer<TransferProgress> watcher) {
        return new Move(source, target, watcher).run();
    }

    private MoveReport run() {
        long began = System.nanoTime();
        refuseTheSame();
        Quiet.before(source, "source");
        Quiet.before(target, "target");
        total = source.counts().stream().mapToLong(JobCount::count).sum();
        ExecutorService threads = Executors.newFixedThreadPool(2, task -> {
            Thread thread = new Thread(task, "millrace-move");
            thread.setDaemon(true);
            return thread;
        });
        try {
            long taken = copy(threads);
            done.set(0);
            Future<Digest> reading = threads.submit(() -> digest(source));
            Digest there = digest(target);
            Digest here = await(reading);
            long others = compare(here, there);
            Quiet.after(source, "source");
            Quiet.after(target, "target");
            return new MoveReport(
                    here.jobs(),
                    here.notes(),
                    taken,
                    others,
                    here.bytes(),
                    here.hex(),
                    Duration.ofNanos(System.nanoTime() - began));
        } finally {
            end(threads);
        }
    }

    /** Nothing of a move goes on behind its caller's back: the page under way is waited for, not interrupted. */
    private void end(ExecutorService threads) {
        ended = true;
        threads.shutdown();
        try {
            while (!threads.awaitTermination(1, TimeUnit.MINUTES)) {
                LOG.warn(
                        "a move has ended, but a page of {} is still being read",
                        source.info().address());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A store that is moved to itself would seem to have arrived, and whoever deletes the old one then deletes both. */
    private void refuseTheSame() {
        String mark = UUID.randomUUID().toString();
        long revision = target.putNote(SPACE, mark, new byte[0], Notes.ABSENT, MARK_LIVES)
                .orElse(Notes.ABSENT);
        try {
            if (source.note(SPACE, mark).isPresent()) {
                throw new MoveException("source and target are one and the same store, "
                        + target.info().address() + ": name another place to move to");
            }
        } finally {
            target.removeNote(SPACE, mark, revision);
        }
    }

    private long copy(ExecutorService threads) {
        long taken = 0;
        ExportReader reader = new ExportReader(source);
        List<Item> page = reader.next();
        while (true) {
            Future<List<Item>> next = reader.ended() ? null : threads.submit(reader::next);
            taken += page.isEmpty() ? 0 : target.importItems(page);
            tell(Phase.COPYING, page.size());
            if (next == null) {
                return taken;
            }
            page = await(next);
        }
    }

    private Digest digest(Store store) {
        Digest digest = new Digest();
        ExportReader reader = new ExportReader(store);
        while (!reader.ended() && !ended) {
            List<Item> page = reader.next();
            page.forEach(digest::add);
            if (store == source) {
                tell(Phase.COMPARING, page.size());
            }
        }
        return digest;
    }

    private void tell(Phase phase, int more) {
        watcher.accept(new TransferProgress(phase, done.addAndGet(more), total));
    }

    /** How many items only the target has. */
    private long compare(Digest here, Digest there) {
        if (here.same(there)) {
            if (!tallies(source).equals(tallies(target))) {
                throw new MoveException("all jobs arrived as they were, but the target's own counts are not theirs: "
                        + tallies(target) + " in place of " + tallies(source)
                        + ". If nobody else used the stores meanwhile, this is a fault of Millrace. Nothing is lost: the source"
                        + " is as it was");
            }
            return 0;
        }
        Comparison found = Comparison.of(source, here, target, there);
        if (found.different().count() > 0) {
            throw new MoveException("not alike in source and target: " + found.different()
                    + ". They changed in one of them since they were carried over, and nothing was overwritten. If the target's"
                    + " are right (workers ran there), the source is outdated: leave it. If the source's are right, delete those"
                    + " in the target, or move into an empty target");
        }
        if (found.missing().count() > 0) {
            throw new MoveException("came into the source while it was moved: " + found.missing()
                    + ". Run the move again to take them along, best after stopping what enqueues them");
        }
        return found.others().count();
    }

    /** How many jobs there are by queue, kind and state; those that wait to run or run are one sort. */
    private static Map<String, Long> tallies(Store store) {
        Map<String, Long> tallies = new TreeMap<>();
        for (JobCount count : store.counts()) {
            String state = count.state().finished() ? count.state().name() : "unfinished";
            tallies.merge(count.queue() + "/" + count.kind() + " " + state, count.count(), Long::sum);
        }
        tallies.values().removeIf(count -> count == 0);
        return tallies;
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new MillraceException("a move broke off; run it again and it goes on: " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MillraceException("a move was interrupted; run it again and it goes on", e);
        }
    }
}
