package dev.millrace.nats;

import dev.millrace.Failure;
import dev.millrace.JobState;
import dev.millrace.spi.Claim;
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

/** Runs begin and end here: claiming, settling, rescuing. Touched on the leader's thread only. */
final class Runs {
    /** How many expired jobs a claim moves out of its way; the next one goes on. */
    static final int EXPIRIES_PER_CLAIM = 1_000;

    private final Ledger ledger;
    private final Flow flow;
    private final Changes changes;
    private boolean moreToClaim;

    Runs(Ledger ledger, Changes changes) {
        this.ledger = ledger;
        this.flow = ledger.flow();
        this.changes = changes;
    }

    /** Whether claims have stopped at expired jobs since this was asked last, with others behind them. */
    boolean takeMoreToClaim() {
        boolean more = moreToClaim;
        moreToClaim = false;
        return more;
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

    List<Job> claim(Session session, long exchange, Claim claim, long now) {
        if (claim instanceof Claim.Next next) {
            return claimNext(session, exchange, next, now);
        }
        if (claim instanceof Claim.One one) {
            return claimOne(session, exchange, one, now);
        }
        return List.of();
    }

    private List<Job> claimNext(Session session, long exchange, Claim.Next next, long now) {
        List<Job> claimed = new ArrayList<>();
        if (next.queues() instanceof Claim.Queues.InOrder inOrder) {
            for (String queue : inOrder.names()) {
                Map<String, Lane> lanes = ledger.lanes().ready().getOrDefault(queue, Map.of());
                merge(lanesOf(lanes, next.kinds()), session, exchange, next, now, claimed);
                if (moreToClaim) {
                    break;
                }
            }
        } else if (next.queues() instanceof Claim.Queues.AllBut allBut) {
            List<Lane> lanes = new ArrayList<>();
            ledger.lanes().ready().forEach((queue, ofQueue) -> {
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
        if (kinds.size() < lanes.size()) {
            for (String kind : kinds) {
                Lane lane = lanes.get(kind);
                if (lane != null) {
                    wanted.add(lane);
                }
            }
            return wanted;
        }
        for (Lane lane : lanes.values()) {
            if (kinds.contains(lane.kind)) {
                wanted.add(lane);
            }
        }
        return wanted;
    }

    /** Takes the heads of the lanes in the order of claims until the limit is reached. */
    private void merge(List<Lane> lanes, Session session, long exchange, Claim.Next next, long now, List<Job> claimed) {
        int struckLeft =
                next.struck() - (int) claimed.stream().filter(Job::struck).count();
        PriorityQueue<Head> heads = new PriorityQueue<>(Comparator.comparing(Head::job, Job.CLAIM_ORDER));
        for (Lane lane : lanes) {
            offer(heads, lane, struckLeft, next.minPriority());
        }
        boolean rated = flow.limits().rated();
        int expired = 0;
        while (claimed.size() < next.limit()) {
            Head head = heads.poll();
            if (head == null) {
                return;
            }
            Job job = head.job;
            if (rated && !flow.limits().hasToken(head.lane.queue, now)) {
                continue;
            }
            if (job.expired(now)) {
                if (expired++ == EXPIRIES_PER_CLAIM) {
                    moreToClaim = true;
                    return;
                }
                ledger.move(job, Transition.EXPIRE, JobState.CANCELLED, now);
            } else if (!job.struck() || struckLeft > 0) {
                struckLeft -= job.struck() ? 1 : 0;
                if (rated) {
                    flow.limits().claimed(head.lane.queue, now);
                }
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

    private List<Job> claimOne(Session session, long exchange, Claim.One one, long now) {
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
            if (!flow.pass(job, now)) {
                return List.of();
            }
            ledger.move(job, Transition.PROMOTE, JobState.READY, now);
        }
        return List.of(begin(job, session, exchange, now));
    }

    private Job begin(Job job, Session session, long exchange, long now) {
        ledger.move(job, Transition.CLAIM, JobState.RUNNING, now);
        job.session = session;
        job.exchange = exchange;
        job.startedAt = now;
        session.claims.add(job);
        return job;
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
            ledger.trace(job, new Trace.Told(settlement.report()));
            job.progressed |= settlement.report().progress() != null;
        }
        Transition transition = Transition.ofEnd(outcome, job.cancelRequested, job.expired(now));
        boolean started = !(outcome instanceof Outcome.HandedBack back && !back.started());
        job.startedAt = started ? now - Times.micros(settlement.ran()) : Micros.NEVER;
        if (outcome instanceof Outcome.Succeeded) {
            job.worker = workerOf(job);
        } else if (started) {
            keepRecord(job, outcome.end(), failureOf(outcome), now);
        }
        job.lastEnd = outcome.end();
        switch (transition) {
            case SUCCEED -> {
                byte[] result = ((Outcome.Succeeded) outcome).result();
                job.result = result == null ? null : changes.put(result);
            }
            case RETRY, SNOOZE -> {
                job.dueAt = Times.after(now, delayOf(outcome));
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
        Failure failure = transition == Transition.STRIKE_OUT
                ? Failure.of("WorkerDied", "its worker died " + Transition.STRIKES + " times")
                : null;
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

    private void keepRecord(Job job, RunEnd end, @Nullable Failure failure, long now) {
        keepRecord(
                job,
                new RunRecord(
                        job.token,
                        job.attempt,
                        workerOf(job),
                        Micros.instant(job.startedAt),
                        Micros.instant(now),
                        end,
                        failure));
    }

    void keepRecord(Job job, RunRecord record) {
        ledger.trace(job, new Trace.Ran(record));
        job.addEnd(record.token(), record.end());
        job.failed |= record.failure() != null;
    }

    private static String workerOf(Job job) {
        Session holder = job.session;
        return holder == null ? "" : holder.worker;
    }

    private static boolean recorded(Job job, long token, RunEnd end) {
        return job.token == token ? job.lastEnd == end : job.hasEnd(token, end);
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
