package dev.millrace.redis;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Calls of one script, one for each partition that it concerns, sent at once. */
final class Calling {
    private final Server server;
    private final Script script;
    private final List<byte[]> first;
    private final Map<Partition, Args> args = new LinkedHashMap<>();
    private final Map<Partition, CompletableFuture<List<Object>>> sent = new LinkedHashMap<>();

    /** @param first what each call begins with */
    Calling(Server server, Script script, List<byte[]> first) {
        this.server = server;
        this.script = script;
        this.first = first;
    }

    /** What is added to this goes to that partition. */
    Args to(Partition partition) {
        return args.computeIfAbsent(partition, any -> {
            Args made = new Args();
            first.forEach(made::add);
            return made;
        });
    }

    void send() {
        args.forEach((partition, of) -> sent.put(partition, server.change(script, partition, of.list())));
    }

    /** What the partitions answered, in the order in which they were asked. */
    Map<Partition, Deque<Object>> replies() {
        List<List<Object>> results = server.awaitAll(List.copyOf(sent.values()));
        Map<Partition, Deque<Object>> replies = new LinkedHashMap<>();
        int next = 0;
        for (Partition partition : sent.keySet()) {
            replies.put(partition, new ArrayDeque<>(results.get(next++)));
        }
        return replies;
    }
}
