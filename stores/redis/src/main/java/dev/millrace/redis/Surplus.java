package dev.millrace.redis;

import dev.millrace.spi.Retention;
import io.lettuce.core.ScoredValue;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Finished jobs beyond the most that are kept, where no partition alone can tell how many there are. */
final class Surplus {
    private final Server server;
    private final Partitions partitions;
    private final Retention retention;
    private final int limit;

    Surplus(Server server, Partitions partitions, Retention retention, int limit) {
        this.server = server;
        this.partitions = partitions;
        this.retention = retention;
        this.limit = limit;
    }

    /**
     * Deletes those that ended first.
     *
     * @param swept what each partition's sweep told of its numbers
     * @return how many
     */
    int purge(List<List<Object>> swept) {
        int purged = purge("succeeded", sum(swept, 4) - retention.most(), limit);
        return purged + purge("cancelled", sum(swept, 5) - retention.most(), limit - purged);
    }

    private int purge(String index, long surplus, int allowed) {
        int most = (int) Math.min(surplus, allowed);
        if (most <= 0) {
            return 0;
        }
        List<CompletableFuture<List<ScoredValue<byte[]>>>> heads = partitions.all().stream()
                .map(partition -> server.send(commands -> commands.zrangeWithScores(partition.key(index), 0, most - 1)))
                .toList();
        List<Oldest> oldest = new ArrayList<>();
        List<List<ScoredValue<byte[]>>> found = server.awaitAll(heads);
        for (int i = 0; i < found.size(); i++) {
            Partition partition = partitions.get(i);
            found.get(i).forEach(job -> oldest.add(new Oldest(partition, job.getScore(), job.getValue())));
        }
        oldest.sort(Comparator.comparingDouble(Oldest::keepUntil));
        List<CompletableFuture<List<Object>>> replies = new ArrayList<>();
        for (Partition partition : partitions.all()) {
            Args args =
                    new Args().add(retention).add("456").add("delete").add(0).add(0);
            int before = args.list().size();
            oldest.stream()
                    .limit(most)
                    .filter(job -> job.partition.equals(partition))
                    .forEach(job -> args.add(job.id).add(0).add(0));
            if (args.list().size() > before) {
                replies.add(server.change(Script.OPERATE, partition, args.list()));
            }
        }
        return (int) server.awaitAll(replies).stream()
                .flatMap(List::stream)
                .filter(answer ->
                        answer instanceof byte[] && Server.text(answer).equals("D"))
                .count();
    }

    private static long sum(List<List<Object>> swept, int index) {
        return swept.stream()
                .mapToLong(result -> Server.number(result.get(index)))
                .sum();
    }

    private record Oldest(Partition partition, double keepUntil, byte[] id) {}
}
