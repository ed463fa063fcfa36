package dev.millrace.cli.bench;

import dev.millrace.spi.Due;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Store;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/** Fills a store with many jobs, by large calls to the store itself. */
final class Filler {
    private static final int CHUNK = 10_000;
    private static final Due TOMORROW = new Due.After(Duration.ofDays(1));

    private final Store store;
    private int number;

    Filler(Store store) {
        this.store = store;
    }

    /** Adds so many jobs that may run at once. */
    void ready(int jobs) {
        add(jobs, Due.NOW);
    }

    /** Adds so many jobs that are due in a day. */
    void scheduled(int jobs) {
        add(jobs, TOMORROW);
    }

    /** Adds so many jobs, and claims and settles every job that is ready. */
    void finished(int jobs) {
        ready(jobs);
        try (Claimer claimer = new Claimer(store, CHUNK / 2)) {
            while (claimer.exchange() > 0) {
                // the next exchange settles what this one claimed
            }
        }
    }

    /** Adds so many jobs of one key, of which one runs at a time. */
    void serial(int jobs) {
        add(jobs, Due.NOW, new Keys(null, Keys.Group.serial("stuck"), null));
    }

    private void add(int jobs, Due due) {
        add(jobs, due, Keys.NONE);
    }

    private void add(int jobs, Due due, Keys keys) {
        List<NewJob> chunk = new ArrayList<>(CHUNK);
        for (int i = 1; i <= jobs; i++) {
            byte[] payload = ('"' + Tally.payload(number++) + '"').getBytes(StandardCharsets.UTF_8);
            JobSpec spec =
                    JobSpec.plain(id(), Tally.NOOP.kind(), "default", payload).withKeys(keys);
            chunk.add(new NewJob(spec, due, null));
            if (chunk.size() == CHUNK || i == jobs) {
                store.enqueue(chunk);
                chunk.clear();
            }
        }
    }

    /** A UUIDv7 with random bits. */
    private static UUID id() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return new UUID(
                System.currentTimeMillis() << 16 | 0x7000L | random.nextInt(4096),
                0x8000_0000_0000_0000L | random.nextLong() >>> 2);
    }
}
