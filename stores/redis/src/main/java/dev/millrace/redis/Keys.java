package dev.millrace.redis;

import dev.millrace.spi.Findings;
import io.lettuce.core.KeyScanCursor;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanCursor;
import io.lettuce.core.api.StatefulRedisConnection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Looks at a bounded sample of the store's keys, and at what its scripts took. */
final class Keys {
    private static final int ROUNDS = 10;
    private static final int KEYS_A_ROUND = 500;
    private static final int MOST_MEASURED = 500;
    private static final int SLOW_ENTRIES = 64;

    private static final Map<String, Script> SCRIPTS =
            Arrays.stream(Script.values()).collect(Collectors.toMap(script -> script.digest, Function.identity()));

    private final Server server;
    private final String prefix;
    private final Patience patience;
    private final Findings findings;

    Keys(Server server, String prefix, Patience patience, Findings findings) {
        this.server = server;
        this.prefix = prefix;
        this.patience = patience;
        this.findings = findings;
    }

    /** Indexes grow with the store and may be large; what is kept of one job is to be small. */
    void lookForLarge(String name, StatefulRedisConnection<byte[], byte[]> node) {
        List<byte[]> sample = sample(node);
        List<CompletableFuture<Long>> sizes = sample.stream()
                .map(key -> node.async().memoryUsage(key).toCompletableFuture())
                .toList();
        int large = 0;
        long largest = 0;
        for (Long size : server.awaitAll(sizes)) {
            if (size != null && size > patience.key()) {
                large++;
                largest = Math.max(largest, size);
            }
        }
        if (large > 0) {
            findings.note(
                    "redis-large-keys",
                    large + " of " + sample.size() + " sampled keys of jobs at " + name + " take more than "
                            + (patience.key() >> 10) + " KiB, the largest " + (largest >> 10) + " KiB",
                    "the server does one thing at a time: while it sends one of these, every other call waits",
                    "keep large payloads and results elsewhere, and put into the job where they are");
        }
    }

    private List<byte[]> sample(StatefulRedisConnection<byte[], byte[]> node) {
        List<byte[]> sample = new ArrayList<>();
        Set<String> indexes = Set.of("h:", "s:", "b:", "o:", "e:", "g:", "u:", "l:", "k:", "q:");
        ScanArgs args = ScanArgs.Builder.limit(KEYS_A_ROUND).match("{" + escaped(prefix) + ":*");
        ScanCursor cursor = ScanCursor.INITIAL;
        for (int i = 0; i < ROUNDS && !cursor.isFinished() && sample.size() < MOST_MEASURED; i++) {
            KeyScanCursor<byte[]> found =
                    server.await(node.async().scan(cursor, args).toCompletableFuture());
            for (byte[] key : found.getKeys()) {
                String text = Unpack.utf8(key);
                int at = text.indexOf("}:") + 2;
                if (sample.size() < MOST_MEASURED
                        && at >= 2
                        && indexes.contains(text.substring(at, Math.min(text.length(), at + 2)))) {
                    sample.add(key);
                }
            }
            cursor = found;
        }
        return sample;
    }

    private static String escaped(String text) {
        return text.replaceAll("([\\\\*?\\[\\]^])", "\\\\$1");
    }

    void lookForSlow(String name, StatefulRedisConnection<byte[], byte[]> node) {
        long slow = 0;
        long slowest = -1;
        String which = "";
        for (Object entry : server.await(node.async().slowlogGet(SLOW_ENTRIES).toCompletableFuture())) {
            if (!(entry instanceof List<?> fields) || fields.size() < 4 || !(fields.get(3) instanceof List<?> words)) {
                continue;
            }
            Script script = words.size() < 2 ? null : SCRIPTS.get(Server.text(words.get(1)));
            long micros = Server.number(fields.get(2));
            if (script != null && micros > patience.slow().toNanos() / 1_000) {
                slow++;
                if (micros > slowest) {
                    slowest = micros;
                    which = script.name().toLowerCase(Locale.ROOT);
                }
            }
        }
        if (slow > 0) {
            findings.warning(
                    "redis-slow-scripts",
                    slow + " of the last " + SLOW_ENTRIES + " entries of the slow log of " + name
                            + " are this store's scripts, the slowest (" + which + ") with " + slowest / 1_000 + " ms",
                    "the server does one thing at a time: everybody's calls waited for as long",
                    "see whether its machine swaps or is short of processors (INFO, LATENCY DOCTOR), and whether payloads"
                            + " are large; SLOWLOG RESET forgets old entries");
        }
    }
}
