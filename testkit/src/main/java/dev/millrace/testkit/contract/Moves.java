package dev.millrace.testkit.contract;

import dev.millrace.Failure;
import dev.millrace.JobState;
import dev.millrace.spi.Due;
import dev.millrace.spi.Operation;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.Transition;
import dev.millrace.testkit.contract.Scene.Cast;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** All ways to bring transitions about. The job of a move is RUNNING for the second time when the move is arranged. */
final class Moves {
    static final Outcome RETRY_NOW = new Outcome.Retry(Failure.of("broken", "it broke"), Duration.ZERO);

    private static final Outcome RETRY = new Outcome.Retry(Failure.of("broken", "it broke"), Outcomes.DELAY);
    private static final Outcome SUCCESS = new Outcome.Succeeded(null);
    private static final Outcome FAILURE = new Outcome.Failed(Failure.of("broken", "it broke"));
    private static final Move.Step NOTHING = scene -> {};
    private static final Move.Step CANCEL = scene -> scene.driver.cancel(scene.id());
    private static final Move.Step SWEEP = scene -> scene.driver.sweep();

    private Moves() {}

    /** How a run may end: an outcome, whether its cancellation was asked for, and whether it has expired. */
    record End(Outcome outcome, boolean cancelRequested, boolean expired) {
        Move move() {
            Transition transition = Transition.ofEnd(outcome, cancelRequested, expired);
            return new Move(
                    toString(),
                    transition,
                    Optional.of(JobState.RUNNING),
                    targetOf(transition),
                    expired ? Cast.EXPIRING : Cast.PLAIN,
                    scene -> arrangeEnd(scene, cancelRequested, expired),
                    scene -> scene.settle(outcome));
        }

        @Override
        public String toString() {
            return outcome.end() + (cancelRequested ? ", asked to stop" : "") + (expired ? ", expired" : "");
        }
    }

    /** How a worker may die: under a job that was rescued so often before. */
    record Death(int rescues, boolean cancelRequested, boolean expired) {
        Move move() {
            Transition transition = Transition.ofRescue(rescues, cancelRequested, expired);
            return new Move(
                    toString(),
                    transition,
                    Optional.of(JobState.RUNNING),
                    targetOf(transition),
                    expired ? Cast.EXPIRING : Cast.PLAIN,
                    scene -> {
                        dieAndClaimAgain(scene, rescues);
                        arrangeEnd(scene, cancelRequested, expired);
                    },
                    Scene::die);
        }

        @Override
        public String toString() {
            return "a worker's death after " + rescues + (cancelRequested ? ", asked to stop" : "")
                    + (expired ? ", expired" : "");
        }
    }

    /** Every transition that can be brought about, from every state in which that can be. */
    static List<Move> all() {
        List<Move> moves = new ArrayList<>(waiting());
        moves.addAll(ended());
        ends().stream().map(End::move).forEach(moves::add);
        deaths().stream().map(Death::move).forEach(moves::add);
        moves.addAll(FlowMoves.all());
        return List.copyOf(moves);
    }

    /** Every recorded outcome, asked to stop or not, expired or not. */
    static List<End> ends() {
        return Outcomes.recorded().stream()
                .flatMap(outcome -> Stream.of(
                        new End(outcome, false, false),
                        new End(outcome, true, false),
                        new End(outcome, false, true),
                        new End(outcome, true, true)))
                .toList();
    }

    /** Every number of rescues up to the last, asked to stop or not, expired or not. */
    static List<Death> deaths() {
        return IntStream.rangeClosed(0, Transition.STRIKES)
                .boxed()
                .flatMap(rescues -> Stream.of(
                        new Death(rescues, false, false),
                        new Death(rescues, true, false),
                        new Death(rescues, false, true),
                        new Death(rescues, true, true)))
                .toList();
    }

    private static List<Move> waiting() {
        return List.of(
                new Move(
                        "enqueue",
                        Transition.ENQUEUE,
                        Optional.empty(),
                        JobState.READY,
                        Cast.PLAIN,
                        NOTHING,
                        Scene::enqueue),
                move("a sweep", Transition.PROMOTE, JobState.SCHEDULED, JobState.READY, settled(RETRY), scene -> {
                    scene.clock.advance(Outcomes.DELAY.plusSeconds(1));
                    scene.driver.sweep();
                }),
                move(
                        "a later time",
                        Transition.RESCHEDULE,
                        JobState.READY,
                        JobState.SCHEDULED,
                        settled(RETRY_NOW),
                        due(1)),
                move(
                        "another time",
                        Transition.RESCHEDULE,
                        JobState.SCHEDULED,
                        JobState.SCHEDULED,
                        settled(RETRY),
                        due(2)),
                move("no delay", Transition.RESCHEDULE, JobState.SCHEDULED, JobState.READY, settled(RETRY), due(0)),
                move("a claim", Transition.CLAIM, JobState.READY, JobState.RUNNING, settled(RETRY_NOW), Scene::claim),
                move("hand", Transition.CANCEL, JobState.READY, JobState.CANCELLED, settled(RETRY_NOW), CANCEL),
                move("hand", Transition.CANCEL, JobState.SCHEDULED, JobState.CANCELLED, settled(RETRY), CANCEL),
                expiring("a sweep", JobState.READY, RETRY_NOW, SWEEP),
                expiring("a sweep", JobState.SCHEDULED, RETRY, SWEEP),
                expiring(
                        "a claim",
                        JobState.READY,
                        RETRY_NOW,
                        scene -> scene.driver.session().claim(9)));
    }

    private static List<Move> ended() {
        Move.Step again = scene -> scene.driver.runAgain(scene.id());
        return List.of(
                move("hand", Transition.RUN_AGAIN, JobState.SUCCEEDED, JobState.READY, settled(SUCCESS), again),
                move("hand", Transition.RUN_AGAIN, JobState.FAILED, JobState.READY, settled(FAILURE), again),
                move(
                        "hand",
                        Transition.RUN_AGAIN,
                        JobState.CANCELLED,
                        JobState.READY,
                        settled(new Outcome.Cancelled()),
                        again));
    }

    private static Move move(
            String name, Transition transition, JobState from, JobState to, Move.Step arrange, Move.Step act) {
        return new Move(name, transition, Optional.of(from), to, Cast.PLAIN, arrange, act);
    }

    private static Move expiring(String name, JobState from, Outcome before, Move.Step act) {
        Move.Step arrange = scene -> {
            scene.settle(before);
            scene.clock.advance(Scene.EXPIRY.plusSeconds(1));
        };
        return new Move(name, Transition.EXPIRE, Optional.of(from), JobState.CANCELLED, Cast.EXPIRING, arrange, act);
    }

    private static Move.Step settled(Outcome outcome) {
        return scene -> scene.settle(outcome);
    }

    private static Move.Step due(int hours) {
        Operation operation = new Operation.Reschedule(new Due.After(Duration.ofHours(hours)));
        return scene -> scene.driver.operate(operation, scene.id());
    }

    private static void arrangeEnd(Scene scene, boolean cancelRequested, boolean expired) {
        if (cancelRequested) {
            scene.driver.cancel(scene.id());
        }
        if (expired) {
            scene.passExpiry();
        }
    }

    private static void dieAndClaimAgain(Scene scene, int times) {
        for (int i = 0; i < times; i++) {
            scene.die();
            scene.claim();
        }
    }

    private static JobState targetOf(Transition transition) {
        return transition == Transition.RETRY || transition == Transition.SNOOZE
                ? JobState.SCHEDULED
                : transition.to().iterator().next();
    }
}
