package dev.millrace.redis;

import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.Micros;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.StoreUnavailableException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Jobs whose ids are known in another partition than their queue's: the same id was enqueued to another queue before. All
 * partitions are asked in one round; two such calls at the same moment are not told apart, a repeated call (same id, same
 * queue) always is, by the enqueuing script. A partition that does not answer is not waited for: one master that is down must
 * not stop what goes to the others.
 */
final class KnownIds {
    private static final Logger log = LoggerFactory.getLogger(KnownIds.class);

    private final Server server;
    private final Partitions partitions;

    KnownIds(Server server, Partitions partitions) {
        this.server = server;
        this.partitions = partitions;
    }

    void find(List<NewJob> jobs, @Nullable Answer[] answers) {
        if (partitions.single()) {
            return;
        }
        List<Asked> all = new ArrayList<>();
        for (Partition partition : partitions.all()) {
            List<Integer> foreign = IntStream.range(0, jobs.size())
                    .filter(i -> !partitions.ofQueue(jobs.get(i).spec().queue()).equals(partition))
                    .boxed()
                    .toList();
            if (!foreign.isEmpty()) {
                all.add(ask(partition, jobs, foreign));
            }
        }
        for (Asked asked : all) {
            try {
                read(asked, jobs, answers);
            } catch (StoreUnavailableException e) {
                log.debug("one partition cannot say whether it knows an id; enqueueing to the others goes on", e);
            }
        }
    }

    private void read(Asked asked, List<NewJob> jobs, @Nullable Answer[] answers) {
        List<Double> gone = server.await(asked.gone);
        double now = Micros.of(Instant.now()) + server.offset();
        List<Long> present = server.await(asked.present) > 0 ? present(asked, jobs) : List.of();
        for (int at = 0; at < asked.which.size(); at++) {
            int index = asked.which.get(at);
            if ((gone.get(at) != null && gone.get(at) > now) || (!present.isEmpty() && present.get(at) > 0)) {
                answers[index] = new Answer.Known(jobs.get(index).spec().id());
            }
        }
    }

    private Asked ask(Partition partition, List<NewJob> jobs, List<Integer> which) {
        byte[][] heads = which.stream()
                .map(i -> partition.key('h', jobs.get(i).spec().id()))
                .toArray(byte[][]::new);
        byte[][] ids =
                which.stream().map(i -> Pack.id16(jobs.get(i).spec().id())).toArray(byte[][]::new);
        return new Asked(
                partition,
                which,
                server.send(commands -> commands.exists(heads)),
                server.send(commands -> commands.zmscore(partition.key("gone"), ids)));
    }

    /** For each of the jobs 1 if it is there. */
    private List<Long> present(Asked asked, List<NewJob> jobs) {
        return server.awaitAll(asked.which.stream()
                .map(i -> asked.partition.key('h', jobs.get(i).spec().id()))
                .map(head -> server.send(commands -> commands.exists(head)))
                .toList());
    }

    private record Asked(
            Partition partition,
            List<Integer> which,
            CompletableFuture<Long> present,
            CompletableFuture<List<Double>> gone) {}
}
