package dev.millrace.internal.worker;

import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How many handlers of a kind and jobs of a queue may be in the worker's hands at once. What is capped is never held beyond its
 * cap, so none of it is claimed ahead: a claim leaves out what is full, and brings no more than fits of what is not.
 *
 * <p>One claim has one limit for all its kinds and queues. So it begins with all of them, in their order, and as many jobs as the
 * tightest cap allows; where it comes back full, narrower ones follow without the tightest. Nothing more is there for a
 * narrower one when a wider one was not full.
 */
final class Caps {
    private final Map<String, HandlerEntry> handlers;
    private final Map<String, Cap> kinds;
    private final Map<String, Cap> queues;
    /** What each run that counts takes up. */
    private final Map<Run, Seat> seats = new ConcurrentHashMap<>();

    /**
     * One cap, and how much of it is taken.
     *
     * @param most how much there may be
     */
    private record Cap(int most, AtomicInteger taken) {
        static Map<String, Cap> of(Map<String, Integer> caps) {
            return caps.entrySet().stream()
                    .collect(Collectors.toUnmodifiableMap(
                            Map.Entry::getKey, each -> new Cap(each.getValue(), new AtomicInteger())));
        }

        int left() {
            return most - taken.get();
        }

        /** @return whether it was full */
        boolean free() {
            return taken.getAndDecrement() >= most;
        }
    }

    /**
     * What a run takes up: a share of the handler that its batch needs, and a job of its queue.
     *
     * @param others how many runs of its batch have not ended, itself included
     */
    private record Seat(
            @Nullable Cap kind,
            AtomicInteger others,
            @Nullable Cap queue) {}

    Caps(WorkerConfig config) {
        handlers = config.handlers();
        kinds = Cap.of(config.threads().kinds());
        queues = Cap.of(config.threads().queues());
    }

    /** Whether there are none. */
    boolean none() {
        return kinds.isEmpty() && queues.isEmpty();
    }

    /** These were claimed. */
    void claimed(List<Hands.Work> works) {
        if (none()) {
            return;
        }
        for (Hands.Work work : works) {
            Cap kind = kinds.get(work.runs().get(0).kind());
            if (kind != null) {
                kind.taken.incrementAndGet();
            }
            AtomicInteger others = new AtomicInteger(work.runs().size());
            for (Run run : work.runs()) {
                Cap queue = queues.get(run.queue());
                if (queue != null) {
                    queue.taken.incrementAndGet();
                }
                if (kind != null || queue != null) {
                    seats.put(run, new Seat(kind, others, queue));
                }
            }
        }
    }

    /**
     * A run has come to its end. Called again for the same one, it does nothing.
     *
     * @return whether something may be claimed now that could not be before
     */
    boolean ended(Run run) {
        Seat seat = seats.isEmpty() ? null : seats.remove(run);
        if (seat == null) {
            return false;
        }
        boolean opened = seat.queue != null && seat.queue.free();
        if (seat.kind != null && seat.others.decrementAndGet() == 0) {
            opened |= seat.kind.free();
        }
        return opened;
    }

    /** As much of a claim as may be claimed besides what is claimed and not counted yet; nothing when all of it is full. */
    Optional<Claim.Next> within(Claim.Next claim, List<ClaimedJob> claimed) {
        return none() ? Optional.of(claim) : fit(claim, claimed, left -> left <= 0);
    }

    /**
     * What to claim after a claim that came back full.
     *
     * @param most how many jobs
     * @param claimed what was claimed and is not counted yet
     */
    Optional<Claim.Next> narrower(Claim.Next last, int most, List<ClaimedJob> claimed) {
        if (none() || most <= 0) {
            return Optional.empty();
        }
        Claim.Next next = new Claim.Next(last.queues(), last.kinds(), last.minPriority(), most, 0);
        return fit(next, claimed, left -> left <= last.limit());
    }

    /** @param out says of how much is left under a cap whether the claim is to do without it */
    private Optional<Claim.Next> fit(Claim.Next claim, List<ClaimedJob> claimed, IntPredicate out) {
        int limit = claim.limit();
        Set<String> open = new HashSet<>(claim.kinds());
        for (Map.Entry<String, Cap> kind : kinds.entrySet()) {
            int left = left(kind.getKey(), kind.getValue(), claim.struck(), claimed);
            if (out.test(left)) {
                open.remove(kind.getKey());
            } else if (open.contains(kind.getKey())) {
                limit = Math.min(limit, left);
            }
        }
        Set<String> full = new HashSet<>();
        for (Map.Entry<String, Cap> queue : queues.entrySet()) {
            int left = queue.getValue().left()
                    - (int) claimed.stream()
                            .filter(job -> job.spec().queue().equals(queue.getKey()))
                            .count();
            if (out.test(left)) {
                full.add(queue.getKey());
            } else if (serves(claim.queues(), queue.getKey())) {
                limit = Math.min(limit, left);
            }
        }
        Claim.Queues served = without(claim.queues(), full);
        boolean nothing = open.isEmpty()
                || (served instanceof Claim.Queues.InOrder named
                        && named.names().isEmpty());
        return nothing
                ? Optional.empty()
                : Optional.of(new Claim.Next(served, open, claim.minPriority(), limit, claim.struck()));
    }

    /**
     * How many jobs of a kind may be claimed. As many batches as are free hold so many jobs; a struck job is a batch by itself,
     * so where one may come, a batch is reckoned for it alone.
     */
    private int left(String kind, Cap cap, int struck, List<ClaimedJob> claimed) {
        HandlerEntry handler = handlers.get(kind);
        long most = handler != null && handler.code() instanceof HandlerEntry.Batch batch ? batch.most() : 1;
        long alone = 0;
        long together = 0;
        for (ClaimedJob job : claimed) {
            if (job.spec().kind().equals(kind)) {
                if (job.history().struck()) {
                    alone++;
                } else {
                    together++;
                }
            }
        }
        long left = (cap.left() - alone - struck) * most + struck - together;
        return (int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, left));
    }

    private static boolean serves(Claim.Queues queues, String queue) {
        if (queues instanceof Claim.Queues.InOrder named) {
            return named.names().contains(queue);
        }
        return queues instanceof Claim.Queues.AllBut all && !all.except().contains(queue);
    }

    private static Claim.Queues without(Claim.Queues queues, Set<String> full) {
        if (queues instanceof Claim.Queues.InOrder named) {
            return new Claim.Queues.InOrder(
                    named.names().stream().filter(name -> !full.contains(name)).toList());
        }
        Set<String> except = new HashSet<>(full);
        if (queues instanceof Claim.Queues.AllBut all) {
            except.addAll(all.except());
        }
        return new Claim.Queues.AllBut(except);
    }
}
