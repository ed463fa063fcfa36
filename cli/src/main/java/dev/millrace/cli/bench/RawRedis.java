package dev.millrace.cli.bench;

import io.lettuce.core.LettuceFutures;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.ScriptOutputType;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * Redis by plain commands on one connection: a hash per job and sorted sets of those ready, running and done. Jobs are stored by
 * a pipeline; one script settles a batch and claims the next.
 */
final class RawRedis implements RawQueue {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** KEYS: ready, running, done. ARGV: prefix of hashes, time, how many to claim, ids to settle. Gives id, payload, id, … */
    private static final String EXCHANGE = """
            local held = {}
            for i = 4, #ARGV do
              if redis.call('ZREM', KEYS[2], ARGV[i]) == 1 then
                redis.call('HSET', ARGV[1] .. ARGV[i], 'state', 'done', 'finished', ARGV[2])
                redis.call('ZADD', KEYS[3], ARGV[2], ARGV[i])
              end
            end
            local next = redis.call('ZPOPMIN', KEYS[1], ARGV[3])
            for i = 1, #next, 2 do
              local job = ARGV[1] .. next[i]
              redis.call('HSET', job, 'state', 'running', 'token', 1, 'session', 1, 'started', ARGV[2])
              redis.call('ZADD', KEYS[2], ARGV[2], next[i])
              held[i] = next[i]
              held[i + 1] = redis.call('HGET', job, 'payload')
            end
            return held""";

    private final RedisLink link;
    private final String tag;
    private final Engine.Place place;

    RawRedis(RedisLink link, String prefix, Engine.Place place) {
        this.link = link;
        this.tag = "{" + prefix + "}:";
        this.place = place;
    }

    @Override
    public void insert(int batch, int jobs) {
        link.connection().setAutoFlushCommands(false);
        List<RedisFuture<?>> sent = new ArrayList<>();
        for (int i = 1; i <= jobs; i++) {
            UUID id = RawQueue.id();
            long now = RawQueue.micros();
            Map<String, String> fields =
                    Map.of("state", "ready", "created", Long.toString(now), "payload", Tally.payload(i));
            sent.add(link.async().hset(tag + id, fields));
            sent.add(link.async().zadd(tag + "ready", (double) now, id.toString()));
            if (i % batch == 0 || i == jobs) {
                link.connection().flushCommands();
                LettuceFutures.awaitAll(PATIENCE.toSeconds(), TimeUnit.SECONDS, sent.toArray(RedisFuture[]::new));
                sent.clear();
            }
        }
        link.connection().setAutoFlushCommands(true);
    }

    @Override
    public int process() {
        String script = link.sync().scriptLoad(EXCHANGE);
        String[] keys = {tag + "ready", tag + "running", tag + "done"};
        List<String> held = List.of();
        int done = 0;
        do {
            List<String> arguments = new ArrayList<>();
            arguments.addAll(List.of(tag, Long.toString(RawQueue.micros()), Integer.toString(BATCH)));
            arguments.addAll(held);
            done += held.size();
            List<String> reply =
                    link.sync().evalsha(script, ScriptOutputType.MULTI, keys, arguments.toArray(String[]::new));
            held = new ArrayList<>();
            for (int i = 0; i < reply.size(); i += 2) {
                held.add(reply.get(i));
            }
        } while (!held.isEmpty());
        return done;
    }

    @Override
    public void close() throws IOException {
        link.close();
        place.remove();
    }
}
