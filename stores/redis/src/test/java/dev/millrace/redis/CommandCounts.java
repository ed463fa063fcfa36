package dev.millrace.redis;

import dev.millrace.testkit.server.RedisServer;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a server has done since its statistics were reset: how often each command ran, in scripts too, and how many keys were
 * looked up, which is what a command that names many keys costs.
 */
record CommandCounts(Map<String, Long> calls, long lookups) {
    private static final Pattern CALLS = Pattern.compile("cmdstat_([^:]+):calls=(\\d+),");
    private static final Pattern LOOKUPS = Pattern.compile("keyspace_(?:hits|misses):(\\d+)");
    /** What these tests send themselves, and what tells of a change, which may be sent a moment later. */
    private static final Set<String> BESIDES = Set.of("info", "config", "config|resetstat", "publish");

    static CommandCounts of(RedisServer server) {
        Map<String, Long> calls = new TreeMap<>();
        Matcher call = CALLS.matcher(server.ask("INFO commandstats"));
        while (call.find()) {
            if (!BESIDES.contains(call.group(1))) {
                calls.put(call.group(1), Long.parseLong(call.group(2)));
            }
        }
        long lookups = 0;
        Matcher looked = LOOKUPS.matcher(server.ask("INFO stats"));
        while (looked.find()) {
            lookups += Long.parseLong(looked.group(1));
        }
        return new CommandCounts(calls, lookups);
    }

    long calls(String command) {
        return calls.getOrDefault(command, 0L);
    }
}
