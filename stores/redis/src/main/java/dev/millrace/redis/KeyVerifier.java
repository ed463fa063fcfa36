package dev.millrace.redis;

import dev.millrace.spi.JobSpec;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Checks who holds which unique key. */
final class KeyVerifier {
    /** The length of what is kept of a key (base.lua, HOLDER) that is held for no certain time. */
    private static final int HOLDER = 34;

    private final Map<UUID, Looks.Found> jobs = new HashMap<>();
    private final List<String> problems;

    KeyVerifier(List<Looks.Found> all, List<String> problems) {
        this.problems = problems;
        all.forEach(job -> jobs.put(job.id(), job));
    }

    /** @param kept what each partition has of the keys that are homed there */
    void check(List<Map<byte[], byte[]>> kept) {
        Map<String, Looks.Found> owners = new HashMap<>();
        for (Looks.Found job : jobs.values()) {
            JobSpec spec = job.record().spec();
            if (spec.keys().uniqueKey() != null && !job.head().state().finished()) {
                owners.put(latin(Specs.unique(spec)) + job.id(), job);
            }
        }
        for (Map<byte[], byte[]> home : kept) {
            home.forEach((name, holder) -> {
                UUID id = Unpack.id(Arrays.copyOf(holder, 16));
                if (owners.remove(latin(name) + id) == null && !heldAfterEnd(jobs.get(id), holder)) {
                    problems.add("a unique key is held by job " + id + ", which has ended or is not there");
                }
            });
        }
        if (!owners.isEmpty()) {
            problems.add(owners.size() + " unfinished jobs do not hold their unique keys");
        }
    }

    /** Whether a job that has ended holds its key: in its window, or until it is deleted. */
    private static boolean heldAfterEnd(Looks.@Nullable Found holder, byte[] kept) {
        boolean forTime = kept.length > HOLDER;
        return forTime || (holder != null && Ties.holdsAfterEnd(holder.record().spec()));
    }

    private static String latin(byte[] name) {
        return new String(name, StandardCharsets.ISO_8859_1);
    }
}
