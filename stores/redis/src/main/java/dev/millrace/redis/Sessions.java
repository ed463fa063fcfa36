package dev.millrace.redis;

import dev.millrace.Progress;
import dev.millrace.StoreException;
import dev.millrace.spi.Beat;
import dev.millrace.spi.BeatReply;
import dev.millrace.spi.LogLine;
import dev.millrace.spi.Micros;
import dev.millrace.spi.RunRef;
import dev.millrace.spi.SessionCommand;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.SessionRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Sessions: the record at home (partition 0) is the truth, and goes from open to closed once. Every partition knows which
 * sessions may claim in it, and what they hold there; a close is told to the home first.
 */
final class Sessions {
    private final Server server;
    private final Partitions partitions;

    Sessions(Server server, Partitions partitions) {
        this.server = server;
        this.partitions = partitions;
    }

    void open(SessionOpening opening) {
        List<byte[]> args = new Args()
                .add(opening.id())
                .add(opening.worker())
                .add(opening.status())
                .list();
        if (server.yes(Script.REGISTER, partitions.sessions(), args)) {
            server.awaitAll(others().map(partition -> server.change(Script.REGISTER, partition, args.subList(0, 2)))
                    .toList());
        }
    }

    boolean close(UUID session) {
        boolean closed = server.yes(
                Script.CLOSE, partitions.sessions(), new Args().add(session).list());
        if (closed) {
            byte[] id = Pack.id16(session);
            server.awaitAll(others().map(partition -> server.send(commands -> commands.srem(partition.key("open"), id)))
                    .toList());
        }
        return closed;
    }

    boolean command(UUID session, SessionCommand command) {
        return server.yes(
                Script.COMMAND,
                partitions.sessions(),
                new Args().add(session).add(command.name()).list());
    }

    /** A partition that does not answer is left out of what is told; the next beat tells it. */
    BeatReply beat(Beat beat) {
        List<CompletableFuture<List<Object>>> replies = new ArrayList<>();
        for (Partition partition : partitions.all()) {
            replies.add(server.change(Script.BEAT, partition, args(reports(beat, partition), beat, partition)));
        }
        List<List<Object>> results = results(beat, replies);
        List<Object> home = results.get(0);
        long now = Unpack.told((byte[]) home.get(1));
        if (Server.number(home.get(0)) == 0) {
            return BeatReply.closed(Micros.instant(now));
        }
        List<RunRef> cancelled = new ArrayList<>();
        List<BeatReply.Held> held = new ArrayList<>();
        boolean claimable = false;
        for (List<Object> result : results) {
            if (result.size() < 4) {
                // A partition where the session is not registered: the exchange there says so too.
                return BeatReply.closed(Micros.instant(now));
            }
            claimable |= Server.number(result.get(3)) == 1;
            for (int at = 4; at < result.size(); at += 5) {
                RunRef run = new RunRef(
                        Unpack.id((byte[]) result.get(at)),
                        Server.text(result.get(at + 4)),
                        Server.number(result.get(at + 1)));
                held.add(new BeatReply.Held(run, Server.number(result.get(at + 2))));
                if (Server.number(result.get(at + 3)) != 0) {
                    cancelled.add(run);
                }
            }
        }
        String command = Server.text(home.get(2));
        return new BeatReply(
                true,
                cancelled,
                held,
                command.isEmpty() ? null : SessionCommand.valueOf(command),
                claimable,
                Micros.instant(now));
    }

    /** What was answered, the home first: without it the session is not renewed, and without reports' partitions news is lost. */
    private List<List<Object>> results(Beat beat, List<CompletableFuture<List<Object>>> replies) {
        List<List<Object>> results = new ArrayList<>();
        StoreException needed = null;
        for (Partition partition : partitions.all()) {
            try {
                results.add(server.await(replies.get(partition.number())));
            } catch (StoreException e) {
                boolean home = partition.equals(partitions.sessions());
                needed = home || !reports(beat, partition).isEmpty() ? e : needed;
            }
        }
        if (needed != null) {
            throw needed;
        }
        return results;
    }

    private List<Beat.RunReport> reports(Beat beat, Partition partition) {
        return beat.reports().stream()
                .filter(report -> partitions.ofQueue(report.run().queue()).equals(partition))
                .toList();
    }

    private List<byte[]> args(List<Beat.RunReport> reports, Beat beat, Partition partition) {
        Args args = new Args()
                .add(beat.session())
                .add(partition.equals(partitions.sessions()) ? "home" : "")
                .add(beat.status())
                .add(reports.size());
        for (Beat.RunReport report : reports) {
            Progress progress = report.report().progress();
            List<LogLine> lines = SettleArgs.lines(report.report());
            args.add(new Pack(32)
                    .id(report.run().job())
                    .whole(report.run().token())
                    .u8(progress == null ? 0 : 1)
                    .u16(lines.size())
                    .bytes());
            if (progress != null) {
                args.add(Specs.bytes(progress));
            }
            lines.forEach(line -> args.add(Specs.bytes(line)));
        }
        return args.list();
    }

    List<SessionRecord> records() {
        List<Object> known = server.await(server.look(Script.SESSIONS, partitions.sessions(), List.of()));
        List<List<CompletableFuture<Long>>> claims = new ArrayList<>();
        for (int at = 0; at < known.size(); at += 6) {
            UUID id = Unpack.id((byte[]) known.get(at));
            claims.add(partitions.all().stream()
                    .map(partition -> server.send(commands -> commands.scard(partition.key('w', id))))
                    .toList());
        }
        List<SessionRecord> records = new ArrayList<>();
        for (int at = 0; at < known.size(); at += 6) {
            long held = server.awaitAll(claims.get(at / 6)).stream()
                    .mapToLong(Long::longValue)
                    .sum();
            records.add(new SessionRecord(
                    Unpack.id((byte[]) known.get(at)),
                    Server.text(known.get(at + 1)),
                    Server.text(known.get(at + 2)),
                    Micros.instant(Unpack.told((byte[]) known.get(at + 3))),
                    Micros.instant(Unpack.told((byte[]) known.get(at + 4))),
                    closed((byte[]) known.get(at + 5)),
                    (int) held));
        }
        return records;
    }

    private static java.time.@Nullable Instant closed(byte[] told) {
        return Micros.orNull(Unpack.told(told));
    }

    private java.util.stream.Stream<Partition> others() {
        return partitions.all().stream().skip(1);
    }
}
