package dev.millrace.cli.bench;

import dev.millrace.JobState;
import dev.millrace.Millrace;
import dev.millrace.Progress;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.Transfer.Item;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/** Fills a store with jobs in any state, by the way that restores a backup: the fastest there is. */
final class Filler {
    private static final int CHUNK = 10_000;

    private final Millrace millrace;
    private int number;

    Filler(Millrace millrace) {
        this.millrace = millrace;
    }

    /** Adds so many jobs in this state: SUCCEEDED, SCHEDULED (in a day) or READY. */
    void add(JobState state, int jobs) {
        List<Item> items = new ArrayList<>(CHUNK);
        for (int i = 1; i <= jobs; i++) {
            items.add(new Item.Job(job(state), JobTrail.EMPTY));
            if (items.size() == CHUNK || i == jobs) {
                millrace.store().importItems(items);
                items.clear();
            }
        }
    }

    private JobRecord job(JobState state) {
        Instant now = millrace.store().now();
        boolean finished = state.finished();
        Instant due = state == JobState.SCHEDULED ? now.plus(Duration.ofDays(1)) : now;
        byte[] payload = ('"' + Tally.payload(number++) + '"').getBytes(StandardCharsets.UTF_8);
        return new JobRecord(
                JobSpec.plain(id(now), Tally.NOOP.kind(), "default", payload),
                state,
                null,
                null,
                new JobRecord.Run(finished ? 1 : 0, finished ? 1 : 0, 0, 0, null, false, Progress.NONE),
                new JobRecord.Times(
                        now, due, null, finished ? now : null, finished ? now : null, finished ? now.plus(Duration.ofDays(1)) : null),
                null,
                null);
    }

    /** A UUIDv7 with random bits. */
    private static UUID id(Instant now) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return new UUID(
                now.toEpochMilli() << 16 | 0x7000L | random.nextInt(4096),
                0x8000_0000_0000_0000L | random.nextLong() >>> 2);
    }
}
