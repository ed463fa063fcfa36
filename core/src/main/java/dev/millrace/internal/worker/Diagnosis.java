package dev.millrace.internal.worker;

import dev.millrace.internal.schedule.Firing;
import java.util.ArrayList;
import java.util.List;

/** What is wrong with a worker, for people. */
final class Diagnosis {
    private final WorkerConfig config;
    private final Hands hands;
    private final Throttle throttle;
    private final Firing firing;
    private final List<Trouble> troubles;

    /** @param troubles of the parts that talk to the store */
    Diagnosis(WorkerConfig config, Hands hands, Throttle throttle, Firing firing, List<Trouble> troubles) {
        this.config = config;
        this.hands = hands;
        this.throttle = throttle;
        this.firing = firing;
        this.troubles = troubles;
    }

    /** What is wrong now; empty when all is well. */
    List<Problem> problems() {
        List<Problem> problems = new ArrayList<>();
        for (Trouble each : troubles) {
            String now = each.current();
            if (now != null) {
                problems.add(Problem.hindered("trouble with " + now));
            }
        }
        firing.failing()
                .forEach((name, reason) ->
                        problems.add(Problem.hindered("schedule \"" + name + "\" cannot make its jobs: " + reason)));
        int abandoned = hands.abandoned();
        String stuck = abandoned + (abandoned == 1 ? " thread is" : " threads are")
                + " held by handlers that ignore interrupts";
        if (needsRestart()) {
            problems.add(Problem.crippled(
                    stuck + ", more than " + config.name() + " may replace: restart it, and mend the handlers"));
        } else if (abandoned > 0) {
            problems.add(Problem.hindered(stuck));
        }
        String held = throttle.reason();
        if (held != null) {
            problems.add(Problem.hindered("claims nothing: " + held));
        }
        return problems;
    }

    /** Whether more threads are lost to handlers than may be replaced. */
    boolean needsRestart() {
        return hands.abandoned() > config.threads().concurrency();
    }
}
