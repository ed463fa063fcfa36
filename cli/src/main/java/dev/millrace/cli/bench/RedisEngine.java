package dev.millrace.cli.bench;

import dev.millrace.Millrace;
import dev.millrace.spi.StoreAddress;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanIterator;
import java.util.ArrayList;
import java.util.List;

/** The Redis store, under new prefixes of the address's server, Sentinel group or Cluster. */
record RedisEngine(StoreAddress address) implements Engine {
    private static final int CHUNK = 500;

    @Override
    public String name() {
        return address.scheme().endsWith("+cluster") ? "redis-cluster" : "redis";
    }

    @Override
    public Site open() {
        String prefix = Aside.newName();
        String there = new Aside(address).with("prefix", prefix);
        return new Site(there, Millrace.open(there), () -> delete(prefix));
    }

    @Override
    public RawQueue raw() {
        String prefix = Aside.newName();
        return new RawRedis(RedisLink.to(address), prefix, () -> delete(prefix));
    }

    /** Deletes all keys that hold the prefix. */
    private void delete(String prefix) {
        try (RedisLink link = RedisLink.to(address)) {
            ScanIterator<String> keys = ScanIterator.scan(
                    link.sync(), ScanArgs.Builder.matches("*" + prefix + "*").limit(CHUNK));
            List<String> chunk = new ArrayList<>();
            while (keys.hasNext()) {
                chunk.add(keys.next());
                if (chunk.size() == CHUNK || !keys.hasNext()) {
                    link.sync().unlink(chunk.toArray(String[]::new));
                    chunk.clear();
                }
            }
        }
    }
}
