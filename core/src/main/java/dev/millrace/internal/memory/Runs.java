package dev.millrace.internal.memory;

import dev.millrace.Failure;
import dev.millrace.JobState;
import dev.millrace.internal.flow.Buckets;
import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Due;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.RunEnd;
import dev.millrace.spi.RunRecord;
import dev.millrace.spi.SettleAnswer;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Transition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Runs begin and end here: claiming, settling, rescuing. Guarded by the store's lock. */
final class Runs {
    /** How many expired jobs a claim moves out of its way; the next one goes on. */
    private static final int EXPIRIES_PER_CLAIM = 1_000;

    private final Ledger ledger;
    private final Flow flow;
    private int expiriesLeft = EXPIRIES_PER_CLAIM;

    Runs(Ledger ledger) {
        this.ledger = ledger;
        this.flow = ledger.flow();
    }

    /** Promotes due jobs, at most so many. */
    int promote(long now, int limit) {
        int promoted = 0;
        while (promoted < limit) {
            Job job = ledger.nextScheduled();
            if (job == null || job.dueAt > now) {
                break;
            }
            ledger.move(job, Transition.PROMOTE, flow.place(job, Transition.PROMOTE, now), now);
            promoted++;
        }
        return promoted;
    }

    List<ClaimedJob> claim(Session session, long exchange, Claim claim, long now) {
        expiriesLeft = EXPIRIES_PER_CLAIM;
        if (claim instanceof Claim.Next next) {
            return claimNext(session, exchange, next, now);
        }
        if (claim instanceof Claim.One one) {
            return claimOne(session, exchange, one, now);
        }
        return List.of();
    }

    /** Whether the last claim stopped at expired jobs, with others behind them. */
    boolean stopped() {
        return expiriesLeft == 0;
    }

    private List<ClaimedJob> claimNext(Session session, long exchange, Claim.Next next, long now) {
        List<ClaimedJob> claimed = new ArrayList<>();
        if (next.queues() instanceof Claim.Queues.InOrder inOrder) {
            for (String queue : inOrder.names()) {
                Map<String, Lane> lanes = ledger.lanes().getOrDefault(queue, Map.of());
                merge(lanesOf(lanes, next.kinds()), session, exchange, next, now, claimed);
            }
        } else if (next.queues() instanceof Claim.Queues.AllBut allBut) {
            List<Lane> lanes = new ArrayList<>();
            ledger.lanes().forEach((queue, ofQueue) -> {
                if (!allBut.except().contains(queue)) {
                    lanes.addAll(lanesOf(ofQueue, next.kinds()));
                }
            });
            merge(lanes, session, exchange, next, now, claimed);
        }
        return claimed;
    }

    private static List<Lane> lanesOf(Map<String, Lane> lanes, Set<String> kinds) {
        List<Lane> wanted = new ArrayList<>();
        for (Lane lane : lanes.values()) {
            if (lane.hasReady() && kinds.contains(lane.kind)) {
                wanted.add(lane);
            }
        }
        return wanted;
    }

    /** Takes the heads of the lanes in the order of claims until the limit is reached. */
    private void merge(
            List<Lane> lanes, Session session, long exchange, Claim.Next next, long now, List<ClaimedJob> claimed) {
        int struckLeft = next.struck()
                - (int) claimed.stream().filter(job -> job.history().struck()).count();
        Tokens tokens = new Tokens(flow.buckets(), now);
        PriorityQueue<Head> heads = new PriorityQueue<>(Comparator.comparing(Head::job, Job.CLAIM_ORDER));
        for (Lane lane : lanes) {
            offer(heads, lane, struckLeft, next.minPriority());
        }
        while (claimed.size() < next.limit() && !stopped()) {
            Head head = heads.poll();
            if (head == null) {
                return;
            }
            Job job = head.job;
            if (!tokens.left(head.lane.queue)) {
                continue;
            }
            if (job.expired(now)) {
                ledger.move(job, Transition.EXPIRE, JobState.CANCELLED, now);
                expiriesLeft--;
            } else if (!job.struck() || struckLeft > 0) {
                struckLeft -= job.struck() ? 1 : 0;
                tokens.take(head.lane.queue);
                claimed.add(begin(job, session, exchange, now));
            }
            offer(heads, head.lane, struckLeft, next.minPriority());
        }
    }

    private static void offer(PriorityQueue<Head> heads, Lane lane, int struckLeft, int minPriority) {
        Job job = lane.head(struckLeft);
        if (job != null && job.priority >= minPriority) {
            heads.add(new Head(lane, job));
        }
    }

    private record Head(Lane lane, Job job) {}

    /** Takes tokens of queues with a rate, one per claimed job. */
    private record Tokens(Buckets buckets, long now) {
        boolean left(String queue) {
            return !buckets.rated() || buckets.tokens(queue, now) > 0;
        }

        void take(String queue) {
            if (buckets.rated()) {
                buckets.take(queue, now, 1);
            }
        }
    }

    private List<ClaimedJob> claimOne(Session session, long exchange, Claim.One one, long now) {
        Job job = ledger.find(one.job());
        if (job == null || !one.kinds().contains(job.spec.kind())) {
            return List.of();
        }
        if (job.state != JobState.READY && job.state != JobState.SCHEDULED) {
            return List.of();
        }
        if (job.expired(now)) {
            ledger.move(job, Transition.EXPIRE, JobState.CANCELLED, now);
            return List.of();
        }
        if (job.state == JobState.SCHEDULED) {
            if (!flow.open(job, now)) {
                return List.of();
            }
            flow.pass(job, now);
            ledger.move(job, Transition.PROMOTE, JobState.READY, now);
        }
        return List.of(begin(job, session, exchange, now));
    }

    private ClaimedJob begin(Job job, Session session, long exchange, long now) {
        ledger.move(job, Transition.CLAIM, JobState.RUNNING, now);
        job.session = session;
        job.exchange = exchange;
        job.startedAt = now;
        session.claims.add(job);
        return job.claimed();
    }

    SettleAnswer settle(Settlement settlement, long now) {
        Job job = ledger.find(settlement.run().job());
        long token = settlement.run().token();
        Outcome outcome = settlement.outcome();
        if (job == null || token > job.token) {
            return SettleAnswer.STALE;
        }
        if (job.state != JobState.RUNNING || job.token != token) {
            return recorded(job, token, outcome.end()) ? SettleAnswer.ALREADY : SettleAnswer.STALE;
        }
        if (!settlement.report().isEmpty()) {
            job.trail().add(settlement.report());
        }
        Transition transition = Transition.ofEnd(outcome, job.cancelRequested, job.expired(now));
        Failure failure = failureOf(outcome);
        boolean started = !(outcome instanceof Outcome.HandedBack back && !back.started());
        job.startedAt = started ? now - settlement.ran().toNanos() / 1_000 : Micros.NEVER;
        if (outcome instanceof Outcome.Succeeded) {
            job.worker = workerOf(job);
        } else if (started) {
            keepRecord(job, outcome.end(), failure, now);
        }
        job.lastEnd = outcome.end();
        if (failure != null) {
            job.failure = failure;
        }
        switch (transition) {
            case SUCCEED -> job.result = ((Outcome.Succeeded) outcome).result();
            case RETRY, SNOOZE -> {
                job.dueAt = Micros.of(new Due.After(delayOf(outcome)).resolve(Micros.instant(now)));
                job.snoozes += transition == Transition.SNOOZE ? 1 : 0;
            }
            default -> {}
        }
        end(job, transition, now);
        return SettleAnswer.APPLIED;
    }

    /** Takes a claim back from a dead session. */
    void rescue(Job job, long now) {
        Transition transition = Transition.ofRescue(job.rescues, job.cancelRequested, job.expired(now));
        Failure failure = null;
        if (transition == Transition.STRIKE_OUT) {
            failure = Failure.of("WorkerDied", "its worker died " + Transition.STRIKES + " times");
            job.failure = failure;
        }
        keepRecord(job, RunEnd.RESCUED, failure, now);
        job.lastEnd = RunEnd.RESCUED;
        job.rescues++;
        end(job, transition, now);
    }

    private void end(Job job, Transition transition, long now) {
        Session holder = job.session;
        if (holder != null) {
            holder.claims.remove(job);
        }
        ledger.move(job, transition, flow.place(job, transition, now), now);
        job.session = null;
    }

    private static void keepRecord(Job job, RunEnd end, @Nullable Failure failure, long now) {
        job.trail()
                .add(new RunRecord(
                        job.token,
                        job.attempt,
                        workerOf(job),
                        Micros.instant(job.startedAt),
                        Micros.instant(now),
                        end,
                        failure));
    }

    private static String workerOf(Job job) {
        Session holder = job.session;
        return holder == null ? "" : holder.worker;
    }

    private static boolean recorded(Job job, long token, RunEnd end) {
        return job.token == token ? job.lastEnd == end : job.trail != null && job.trail.hasRun(token, end);
    }

    private static @Nullable Failure failureOf(Outcome outcome) {
        if (outcome instanceof Outcome.Failed failed) {
            return failed.failure();
        }
        return outcome instanceof Outcome.Retry retry ? retry.failure() : null;
    }

    private static Duration delayOf(Outcome outcome) {
        if (outcome instanceof Outcome.Retry retry) {
            return retry.delay();
        }
        return outcome instanceof Outcome.Snoozed snoozed ? snoozed.delay() : Duration.ZERO;
    }
}
