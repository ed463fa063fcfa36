package dev.millrace.testkit.contract;

import dev.millrace.JobState;
import dev.millrace.spi.Transition;
import java.util.Optional;

/**
 * One way to bring a transition about.
 *
 * @param name what is done, for people
 * @param transition the transition that is to happen
 * @param from the state in which the job is before; empty for a job that does not exist yet
 * @param to the state in which it must be after
 * @param cast what the job is
 * @param arrange what happens to the job, which is RUNNING for the second time (unless it is a head), before it is looked at
 * @param act what brings the transition about
 */
record Move(
        String name,
        Transition transition,
        Optional<JobState> from,
        JobState to,
        Scene.Cast cast,
        Step arrange,
        Step act) {

    /** Something done to the scene's job. */
    @FunctionalInterface
    interface Step {
        void on(Scene scene);
    }

    @Override
    public String toString() {
        return transition + " from " + from.map(JobState::name).orElse("nothing") + " by " + name;
    }
}
