package dev.millrace.testkit.contract;

import dev.millrace.Failure;
import dev.millrace.JobState;
import dev.millrace.spi.Keys.Conflict;
import dev.millrace.spi.Keys.Scope;
import dev.millrace.spi.Keys.Unique;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.Transition;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.contract.Scene.Cast;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The ways to bring about transitions of jobs that hold each other back. */
final class FlowMoves {
    private static final Duration DELAY = Duration.ofMinutes(1);
    private static final Outcome SUCCESS = new Outcome.Succeeded(null);
    private static final Outcome FAILURE = new Outcome.Failed(Failure.of("broken", "it broke"));
    private static final Outcome RETRY = new Outcome.Retry(Failure.of("broken", "it broke"), DELAY);

    private FlowMoves() {}

    static List<Move> all() {
        return List.of(
                tied(
                        "its parent's success",
                        Transition.RELEASE,
                        JobState.BLOCKED,
                        JobState.READY,
                        FlowMoves::waitForParent,
                        scene -> scene.end(scene.parent, SUCCESS)),
                tied(
                        "its parent's success, its group being full",
                        Transition.RELEASE,
                        JobState.BLOCKED,
                        JobState.BLOCKED,
                        scene -> {
                            waitForParent(scene);
                            scene.driver.enqueue(scene.rival);
                        },
                        scene -> scene.end(scene.parent, SUCCESS)),
                tied(
                        "its parent's failure",
                        Transition.ABANDON,
                        JobState.BLOCKED,
                        JobState.CANCELLED,
                        FlowMoves::waitForParent,
                        scene -> scene.end(scene.parent, FAILURE)),
                tied(
                        "its parent being run again",
                        Transition.REVIVE,
                        JobState.CANCELLED,
                        JobState.BLOCKED,
                        scene -> {
                            waitForParent(scene);
                            scene.end(scene.parent, FAILURE);
                        },
                        scene -> runAgain(scene, scene.parent)),
                tied("a place", Transition.ADMIT, JobState.BLOCKED, JobState.READY, FlowMoves::waitForGroup, scene -> {
                    scene.driver.cancel(scene.rival.id());
                    scene.driver.settleDown();
                }),
                tied(
                        "a sweep, its group being full",
                        Transition.PROMOTE,
                        JobState.SCHEDULED,
                        JobState.BLOCKED,
                        scene -> {
                            scene.settle(RETRY);
                            scene.driver.enqueue(scene.rival);
                        },
                        scene -> {
                            scene.clock.advance(DELAY.plusSeconds(1));
                            scene.driver.sweep();
                        }),
                tied(
                        "no delay, another being first",
                        Transition.RETRY,
                        JobState.RUNNING,
                        JobState.BLOCKED,
                        FlowMoves::letRivalWait,
                        scene -> settle(scene, Moves.RETRY_NOW)),
                tied(
                        "no delay, another being first",
                        Transition.SNOOZE,
                        JobState.RUNNING,
                        JobState.BLOCKED,
                        FlowMoves::letRivalWait,
                        scene -> settle(scene, new Outcome.Snoozed(Duration.ZERO))),
                tied(
                        "hand, its parent being unfinished",
                        Transition.RUN_AGAIN,
                        JobState.FAILED,
                        JobState.BLOCKED,
                        scene -> {
                            scene.settle(FAILURE);
                            runAgain(scene, scene.parent);
                        },
                        scene -> runAgain(scene, scene.draft)),
                tied(
                        "hand",
                        Transition.CANCEL,
                        JobState.BLOCKED,
                        JobState.CANCELLED,
                        FlowMoves::waitForGroup,
                        scene -> scene.driver.cancel(scene.id())),
                tied(
                        "hand",
                        Transition.CANCEL,
                        JobState.BLOCKED,
                        JobState.CANCELLED,
                        FlowMoves::waitForParent,
                        scene -> scene.driver.cancel(scene.id())),
                tied(
                        "a sweep",
                        Transition.EXPIRE,
                        JobState.BLOCKED,
                        JobState.CANCELLED,
                        scene -> {
                            waitForGroup(scene);
                            scene.passExpiry();
                        },
                        scene -> scene.driver.sweep()),
                tied(
                        "another of its key",
                        Transition.REPLACE,
                        JobState.BLOCKED,
                        JobState.BLOCKED,
                        FlowMoves::waitForParent,
                        replace(Duration.ZERO)),
                tied(
                        "another of its key",
                        Transition.REPLACE,
                        JobState.BLOCKED,
                        JobState.BLOCKED,
                        FlowMoves::waitForGroup,
                        replace(Duration.ZERO)),
                tied(
                        "a later one of its key",
                        Transition.REPLACE,
                        JobState.BLOCKED,
                        JobState.SCHEDULED,
                        FlowMoves::waitForGroup,
                        replace(DELAY)),
                tied(
                        "another of its key",
                        Transition.REPLACE,
                        JobState.SCHEDULED,
                        JobState.READY,
                        scene -> scene.settle(RETRY),
                        replace(Duration.ZERO)),
                tied(
                        "another of its key",
                        Transition.REPLACE,
                        JobState.READY,
                        JobState.READY,
                        scene -> scene.settle(Moves.RETRY_NOW),
                        replace(Duration.ZERO)),
                tied(
                        "a later one of its key",
                        Transition.REPLACE,
                        JobState.READY,
                        JobState.SCHEDULED,
                        scene -> scene.settle(Moves.RETRY_NOW),
                        replace(DELAY)),
                new Move(
                        "its last member's end",
                        Transition.COMPLETE,
                        Optional.of(JobState.BLOCKED),
                        JobState.SUCCEEDED,
                        Cast.HEAD,
                        scene -> {
                            scene.driver.enqueue(List.of(scene.draft, scene.parent.member(scene.draft, "a")));
                        },
                        scene -> scene.end(scene.parent, FAILURE)));
    }

    private static Move tied(
            String name, Transition transition, JobState from, JobState to, Move.Step arrange, Move.Step act) {
        return new Move(name, transition, Optional.of(from), to, Cast.TIED, arrange, act);
    }

    /** From RUNNING to BLOCKED by parents: it fails, its parent is run again, and then it. */
    private static void waitForParent(Scene scene) {
        scene.settle(FAILURE);
        runAgain(scene, scene.parent);
        runAgain(scene, scene.draft);
        scene.clock.advance(ContractPart.SETBACK);
    }

    /** From RUNNING to BLOCKED by its group: another was first. */
    private static void waitForGroup(Scene scene) {
        letRivalWait(scene);
        settle(scene, Moves.RETRY_NOW);
    }

    private static void letRivalWait(Scene scene) {
        scene.driver.enqueue(scene.rival);
        scene.clock.advance(ContractPart.SETBACK);
    }

    private static void settle(Scene scene, Outcome outcome) {
        scene.settle(outcome);
        scene.driver.settleDown();
    }

    private static void runAgain(Scene scene, JobDraft job) {
        scene.driver.runAgain(job.id());
        scene.driver.settleDown();
    }

    private static Move.Step replace(Duration delay) {
        Unique unique = new Unique(Scene.KEY, Conflict.REPLACE, Scope.UNFINISHED, Duration.ZERO);
        return scene -> {
            scene.driver.offer(Jobs.work().unique(unique).in(delay));
            scene.driver.settleDown();
        };
    }
}
