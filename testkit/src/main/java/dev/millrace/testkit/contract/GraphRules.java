package dev.millrace.testkit.contract;

import dev.millrace.testkit.fault.Drill;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random graphs of jobs, to which everything happens that can, at random. Each is made of its seed alone, which a failure names:
 * {@code -Dmillrace.graph.seed=…} begins with it.
 */
abstract class GraphRules extends ContractPart {
    private static final String SEED = "millrace.graph.seed";

    @Test
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void random_graphs_end_with_every_job_having_run_only_when_it_might() {
        long first = Long.getLong(SEED, Drill.LONG ? System.nanoTime() : 1);
        for (long seed = first; seed < first + graphs(); seed++) {
            Random random = new Random(seed);
            Graph graph = Graph.random(random, inProcess() ? 20 : 12, clock);
            GraphRun run = new GraphRun(store, clock, graph, random);
            try {
                run.run(inProcess() ? 120 : 60);
                run.clear();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        "graph of seed " + seed + " (-D" + SEED + "=" + seed + "): " + e.getMessage() + "\n"
                                + run.story(),
                        e);
            }
        }
    }

    private int graphs() {
        if (Drill.LONG) {
            return inProcess() ? 1_000 : 60;
        }
        return engine().equals("memory") ? 30 : 5;
    }

    /** Whether a call of the store costs no round trip. */
    private boolean inProcess() {
        return engine().equals("memory") || engine().equals("sqlite");
    }

    private String engine() {
        return store.info().engine();
    }
}
