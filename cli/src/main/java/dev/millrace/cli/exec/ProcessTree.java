package dev.millrace.cli.exec;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Stream;

/** A process and all that it started. */
public final class ProcessTree {
    /** Between the polite and the final signal; shorter than a worker's timeout grace (5 s). */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private ProcessTree() {}

    /** Ends what still runs: SIGTERM, and SIGKILL for what is left after {@link #PATIENCE}. Nothing is left when it returns. */
    public static void end(Process process) {
        Set<ProcessHandle> tree = new LinkedHashSet<>();
        gather(process.toHandle(), tree);
        if (!process.isAlive() && tree.size() == 1) {
            return;
        }
        tree.forEach(ProcessHandle::destroy);
        boolean interrupted = false;
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (tree.stream().anyMatch(ProcessHandle::isAlive) && System.nanoTime() - deadline < 0) {
            // A child may have been born meanwhile; only its parent knows it.
            for (ProcessHandle each : Set.copyOf(tree)) {
                gather(each, tree);
            }
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                interrupted = true; // remembered: the children end first
            }
        }
        tree.stream().filter(ProcessHandle::isAlive).forEach(ProcessHandle::destroyForcibly);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void gather(ProcessHandle root, Set<ProcessHandle> tree) {
        tree.add(root);
        try (Stream<ProcessHandle> children = root.descendants()) {
            children.forEach(tree::add);
        }
    }
}
