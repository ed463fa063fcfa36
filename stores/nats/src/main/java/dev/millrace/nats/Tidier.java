package dev.millrace.nats;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes one of the many traces of a job that tells much, so that its entry stays short and old log lines go. */
final class Tidier {
    private static final Logger LOG = LoggerFactory.getLogger(Tidier.class);

    private final Leader leader;
    private final Shelf shelf;

    Tidier(Leader leader, Shelf shelf) {
        this.leader = leader;
        this.shelf = shelf;
    }

    /**
     * How to tidy up those whose traces have become many, to be begun once these are durable. Called on the leader's thread.
     */
    List<Runnable> tidying(List<Job> untidy) {
        List<Runnable> tasks = new ArrayList<>(untidy.size());
        for (Job job : untidy) {
            List<Ref> trail = job.trail;
            tasks.add(() -> read(job, trail));
        }
        return tasks;
    }

    private void read(Job job, List<Ref> trail) {
        try {
            byte[] whole = Wire.toBytes(
                    Trace.class, Shown.fold(trail, shelf.read(trail)).whole());
            CompletableFuture<Supplier<?>> unused = leader.submitOwn((desk, signals) -> {
                replace(desk, job, trail, whole);
                return () -> true;
            });
        } catch (RuntimeException e) {
            LOG.debug("the traces of a job stay many for now", e);
        }
    }

    private void replace(Desk desk, Job job, List<Ref> old, byte[] whole) {
        boolean same = desk.ledger().find(job.id()) == job
                && job.trail.size() >= old.size()
                && job.trail.subList(0, old.size()).equals(old);
        if (same) {
            List<Ref> trail = new ArrayList<>();
            trail.add(leader.changes().put(whole));
            trail.addAll(job.trail.subList(old.size(), job.trail.size()));
            leader.changes().forget(old);
            job.trail = trail;
            leader.changes().touch(job);
        }
    }
}
