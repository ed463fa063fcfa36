package dev.millrace.redis;

import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Measures the store without a worker, by hand: {@code Speed redis://127.0.0.1:6379 100000}. Prints jobs per second for bulk
 * enqueue and for settle and claim in batches of 500.
 */
final class Speed {
    private static final int BATCH = 500;

    private Speed() {}

    public static void main(String[] args) {
        int jobs = Integer.parseInt(args[1]);
        for (int round = 0; round < 3; round++) {
            try (Store store = Stores.open(args[0] + "?prefix=s" + UUID.randomUUID())) {
                System.out.println(measure(store, jobs));
            }
        }
    }

    private static String measure(Store store, int jobs) {
        long start = System.nanoTime();
        for (int done = 0; done < jobs; done += BATCH) {
            List<NewJob> batch = new ArrayList<>(BATCH);
            for (int i = 0; i < BATCH; i++) {
                batch.add(NewJob.now(JobSpec.plain(new UUID(start + done, i), "work", "default", new byte[50])));
            }
            store.enqueue(batch);
        }
        double enqueue = jobs * 1e9 / (System.nanoTime() - start);
        UUID session = UUID.randomUUID();
        store.openSession(new SessionOpening(session, "worker", "{}"));
        Claim claim = new Claim.Next(new Claim.Queues.AllBut(Set.of()), Set.of("work"), -1_000, BATCH, 1);
        start = System.nanoTime();
        int claimed = 0;
        long number = 0;
        List<ClaimedJob> running = List.of();
        do {
            List<Settlement> outcomes = running.stream()
                    .map(job -> Settlement.of(job.run(), new Outcome.Succeeded(null)))
                    .toList();
            running = store.exchange(new Exchange(session, ++number, outcomes, claim))
                    .claimed();
            claimed += running.size();
        } while (!running.isEmpty());
        double exchange = claimed * 1e9 / (System.nanoTime() - start);
        return String.format("enqueue %,.0f/s, settle and claim %,.0f/s of %,d", enqueue, exchange, claimed);
    }
}
