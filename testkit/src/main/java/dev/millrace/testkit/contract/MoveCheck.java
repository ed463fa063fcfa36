package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.RunRecord;
import dev.millrace.spi.Transition;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import java.util.List;

/** Makes a move and compares what it did with the columns of its transition. */
final class MoveCheck {
    private final ContractPart part;

    MoveCheck(ContractPart part) {
        this.part = part;
    }

    void check(Move move) {
        Scene scene = new Scene(part.driver, part.clock, move.cast());
        if (move.transition() == Transition.ENQUEUE) {
            move.act().on(scene);
            checkEnqueued(scene, move);
            return;
        }
        if (move.cast() != Scene.Cast.HEAD) {
            runOnceAndClaimAgain(scene);
        }
        move.arrange().on(scene);
        JobRecord before = part.driver.job(scene.id());
        List<RunRecord> runsBefore = part.driver.trail(scene.id()).runs();
        assertThat(before.state()).as("state before").isEqualTo(move.from().orElseThrow());

        move.act().on(scene);

        JobRecord after = part.driver.job(scene.id());
        checkState(move, after);
        checkAttempts(move.transition(), before, after);
        checkToken(move.transition(), before, after);
        checkRecord(
                move.transition(),
                before,
                runsBefore,
                part.driver.trail(scene.id()).runs());
        checkKey(scene, move.transition(), after);
        checkSlot(scene);
    }

    /** So that attempts, token and records are not zero, and zeroing and keeping them differ. */
    private static void runOnceAndClaimAgain(Scene scene) {
        scene.enqueue();
        scene.claim();
        scene.settle(Moves.RETRY_NOW);
        scene.claim();
    }

    private void checkEnqueued(Scene scene, Move move) {
        JobRecord job = part.driver.job(scene.id());
        checkState(move, job);
        assertThat(job.run().attempt()).as("attempts").isZero();
        assertThat(job.run().token()).as("token").isZero();
        assertThat(part.driver.trail(scene.id()).runs()).as("records").isEmpty();
        checkKey(scene, move.transition(), job);
    }

    private static void checkState(Move move, JobRecord after) {
        assertThat(move.transition().to()).as("states that the row allows").contains(move.to());
        assertThat(after.state()).as("state after").isEqualTo(move.to());
        if (move.to() == JobState.CANCELLED) {
            CancelReason reason = move.transition().cancelReason();
            assertThat(after.cancelReason())
                    .as("cancel reason")
                    .isEqualTo(reason == null ? CancelReason.PARENT_FAILED : reason);
        }
        assertThat(after.times().finishedAt() != null)
                .as("has ended")
                .isEqualTo(move.transition().tellsDependents());
    }

    private static void checkAttempts(Transition transition, JobRecord before, JobRecord after) {
        int attempts = before.run().attempt();
        int expected = switch (transition.attempts()) {
            case KEEP -> attempts;
            case ZERO -> 0;
            case COUNT -> attempts + 1;
            case REFUND -> attempts - 1;
        };
        assertThat(after.run().attempt()).as("attempts").isEqualTo(expected);
    }

    private static void checkToken(Transition transition, JobRecord before, JobRecord after) {
        long expected = before.run().token() + (transition.token() == Transition.Token.NEXT ? 1 : 0);
        assertThat(after.run().token()).as("token").isEqualTo(expected);
    }

    private static void checkRecord(
            Transition transition, JobRecord before, List<RunRecord> runsBefore, List<RunRecord> runsAfter) {
        int expected = runsBefore.size() + (transition.endsRun() ? 1 : 0);
        assertThat(runsAfter).as("records of runs").hasSize(expected);
        if (transition.endsRun()) {
            RunRecord record = runsAfter.get(runsAfter.size() - 1);
            assertThat(record.token())
                    .as("token of the record")
                    .isEqualTo(before.run().token());
            assertThat(record.attempt())
                    .as("attempt of the record")
                    .isEqualTo(before.run().attempt());
        }
    }

    /** Another job with the same key tells who holds it. */
    private void checkKey(Scene scene, Transition transition, JobRecord after) {
        String key = after.spec().keys().uniqueKey();
        if (key == null) {
            return;
        }
        boolean held = switch (transition.key()) {
            case KEEP, TAKE -> true;
            case FREE -> false;
        };
        JobDraft other = Jobs.work().unique(key);
        Answer expected = held ? new Answer.Duplicate(scene.id()) : new Answer.Stored(other.id());
        assertThat(part.driver.offer(other))
                .as("answer to another job of the key")
                .isEqualTo(expected);
    }

    /** One more job of its group tells whether there is a place: whoever moved, it is taken by exactly one. */
    private void checkSlot(Scene scene) {
        if (scene.draft.spec().keys().group() == null) {
            return;
        }
        part.driver.enqueue(Jobs.work().serial(Scene.GROUP));
        part.driver.settleDown();
        assertThat(part.driver.find(Filter.ALL.withGroup(Scene.GROUP)))
                .filteredOn(job -> job.state() == JobState.READY || job.state() == JobState.RUNNING)
                .as("jobs that hold the one place of the group")
                .hasSize(1);
    }
}
