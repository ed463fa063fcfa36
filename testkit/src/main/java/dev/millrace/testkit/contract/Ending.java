package dev.millrace.testkit.contract;

import static dev.millrace.CancelReason.NOT_NEEDED;
import static dev.millrace.CancelReason.PARENT_FAILED;

import dev.millrace.CancelReason;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Verdict;
import dev.millrace.spi.Wish;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The ways in which a parent ends, and what each means for a child that waits for it. */
@SuppressWarnings("ImmutableEnumChecker") // what is done to a parent holds no state
enum Ending {
    SUCCESS(Verdict.SUCCEEDED, null, NOT_NEEDED, FlowPart::succeed),
    FAILURE(Verdict.FAILED, PARENT_FAILED, null, FlowPart::fail),
    EXPIRY(Verdict.FAILED, PARENT_FAILED, null, (part, job) -> part.clock.advance(Duration.ofMinutes(2))),
    EXPIRY_OF_A_RUN(Verdict.FAILED, PARENT_FAILED, null, (part, job) -> {
        ClaimedJob run = part.session.take(job.id());
        part.clock.advance(Duration.ofMinutes(2));
        part.session.retry(run, Duration.ZERO);
    }),
    /** The parent's own parent, which was to succeed, is cancelled. */
    PARENT_CANCELLED(Verdict.FAILED, PARENT_FAILED, null, Ending::cancelParent),
    CANCEL(Verdict.CANCELLED, PARENT_FAILED, NOT_NEEDED, FlowPart::cancel),
    CANCEL_OF_A_RUN(Verdict.CANCELLED, PARENT_FAILED, NOT_NEEDED, (part, job) -> {
        ClaimedJob run = part.session.take(job.id());
        part.driver.cancel(job.id());
        part.session.succeed(run);
    }),
    DELETION(Verdict.CANCELLED, PARENT_FAILED, NOT_NEEDED, (part, job) -> part.driver.delete(job.id())),
    /** The parent's own parent, which was to fail, is cancelled. */
    BRANCH_NOT_NEEDED(Verdict.NOT_NEEDED, NOT_NEEDED, NOT_NEEDED, Ending::cancelParent);

    /** How the child sees it. */
    final Verdict verdict;

    private final @Nullable CancelReason ofSuccess;
    private final @Nullable CancelReason ofFailure;
    private final Act act;

    /** Something done to a parent. */
    @FunctionalInterface
    interface Act {
        void on(FlowPart part, JobDraft parent);
    }

    Ending(Verdict verdict, @Nullable CancelReason ofSuccess, @Nullable CancelReason ofFailure, Act act) {
        this.verdict = verdict;
        this.ofSuccess = ofSuccess;
        this.ofFailure = ofFailure;
        this.act = act;
    }

    /** A parent that can end so; what it needs for that is stored, it is not. */
    JobDraft parent(FlowPart part) {
        JobDraft other = Jobs.plain("other");
        return switch (this) {
            case EXPIRY, EXPIRY_OF_A_RUN -> Jobs.work().expiresIn(Duration.ofMinutes(1));
            case PARENT_CANCELLED -> {
                part.driver.enqueue(other);
                yield Jobs.work().after(other);
            }
            case BRANCH_NOT_NEEDED -> {
                part.driver.enqueue(other);
                yield Jobs.work().after(Wish.FAILURE, other);
            }
            default -> Jobs.work();
        };
    }

    /** Ends the parent; what follows from that is done when this returns. */
    void end(FlowPart part, JobDraft parent) {
        act.on(part, parent);
        part.driver.settleDown();
    }

    /** Why a child of this wish is cancelled; null where it goes on. */
    @Nullable
    CancelReason reason(Wish wish) {
        return switch (wish) {
            case SUCCESS -> ofSuccess;
            case FAILURE -> ofFailure;
            case END -> null;
        };
    }

    private static void cancelParent(FlowPart part, JobDraft job) {
        UUID parent = job.parents().get(0).job();
        part.driver.cancel(parent);
    }
}
