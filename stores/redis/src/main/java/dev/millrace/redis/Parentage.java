package dev.millrace.redis;

import dev.millrace.spi.Dependency;
import dev.millrace.spi.Parent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** What a job waits, or waited, for, as its partition has it (dependencies.lua); under way until it is read. */
final class Parentage {
    private static final int ID = 16;

    private final UUID child;
    private final CompletableFuture<Map<byte[], byte[]>> fields;

    Parentage(Server server, Partition partition, UUID child) {
        this.child = child;
        fields = server.send(commands -> commands.hgetall(partition.key('p', child)));
    }

    UUID child() {
        return child;
    }

    /** In order. */
    List<Dependency> read(Server server) {
        return links(server).stream().map(Link::dependency).toList();
    }

    /** In order, with what the books have besides. */
    List<Link> links(Server server) {
        List<Link> links = new ArrayList<>();
        server.await(fields).forEach((name, value) -> {
            if (name.length == ID) {
                links.add(link(Unpack.id(name), value));
            }
        });
        links.sort(Comparator.comparingLong(Link::place));
        return links;
    }

    private Link link(UUID parent, byte[] value) {
        Unpack in = new Unpack(value);
        long place = Integer.toUnsignedLong(in.u32());
        int wish = in.u8();
        int verdict = in.u8();
        in.whole();
        boolean known = in.u8() == 1;
        int home = in.u16();
        Parent of = new Parent(parent, Unpack.utf8(in.rest()), Codes.wish(wish));
        return new Link(place, new Dependency(child, of, Codes.verdict(verdict)), known, home);
    }

    /**
     * One dependency.
     *
     * @param known whether the parent knows of the child
     * @param home the number of the parent's partition
     */
    record Link(long place, Dependency dependency, boolean known, int home) {}
}
