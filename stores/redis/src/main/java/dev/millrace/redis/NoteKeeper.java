package dev.millrace.redis;

import dev.millrace.spi.Micros;
import dev.millrace.spi.Notes.Note;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Notes: a hash per space, in the partition of the space's name. */
final class NoteKeeper {
    private final Server server;
    private final Partitions partitions;

    NoteKeeper(Server server, Partitions partitions) {
        this.server = server;
        this.partitions = partitions;
    }

    /** A note and how long it still lives; null for ever. */
    record Kept(Note note, @Nullable Duration left) {}

    Optional<Note> note(String space, String key) {
        return read(home(space), space, args(space, "get").add(key)).stream()
                .map(Kept::note)
                .findFirst();
    }

    List<Note> notes(String space) {
        return kept(home(space), space).stream().map(Kept::note).toList();
    }

    /** Reads the living notes of a space, and waits for nothing; what cannot be read is left out. */
    void later(String space, Consumer<List<Note>> action) {
        List<byte[]> args = args(space, "list").list();
        server.tryLook(
                Script.NOTE,
                home(space),
                args,
                reply -> action.accept(
                        living(space, reply).stream().map(Kept::note).toList()));
    }

    /** The living notes of a space, by key. */
    List<Kept> kept(Partition partition, String space) {
        return read(partition, space, args(space, "list"));
    }

    Optional<Long> put(String space, String key, byte[] value, long expected, @Nullable Duration timeToLive) {
        Object revision = write(args(space, "put").add(key).add(expected), value, timeToLive, space);
        return ((byte[]) revision).length == 0 ? Optional.empty() : Optional.of(Server.number(revision));
    }

    /** Stores a note that comes from elsewhere, unless there is one. */
    boolean take(Note note, @Nullable Duration timeToLive) {
        Args args = args(note.space(), "import").add(note.key()).add(note.revision());
        return Server.number(write(args, note.value(), timeToLive, note.space())) == 1;
    }

    boolean remove(String space, String key, long expected) {
        return server.yes(
                Script.NOTE,
                home(space),
                args(space, "remove").add(key).add(expected).list());
    }

    private Object write(Args args, byte[] value, @Nullable Duration timeToLive, String space) {
        args.add(timeToLive == null ? "" : Long.toString(Specs.micros(timeToLive)))
                .add(value);
        return server.call(Script.NOTE, home(space), args.list()).get(0);
    }

    private List<Kept> read(Partition partition, String space, Args args) {
        return living(space, server.await(server.look(Script.NOTE, partition, args.list())));
    }

    private static List<Kept> living(String space, List<Object> reply) {
        long now = Unpack.told((byte[]) reply.get(0));
        List<Kept> kept = new ArrayList<>();
        for (int at = 1; at + 1 < reply.size(); at += 2) {
            Unpack in = new Unpack((byte[]) reply.get(at + 1));
            long revision = in.whole();
            long death = in.micros();
            if (death > now) {
                Note note = new Note(space, Server.text(reply.get(at)), in.rest(), revision);
                kept.add(new Kept(note, death == Micros.NEVER ? null : Duration.ofNanos((death - now) * 1_000)));
            }
        }
        kept.sort(Comparator.comparing(one -> one.note().key()));
        return kept;
    }

    private Partition home(String space) {
        return partitions.ofQueue(space);
    }

    private static Args args(String space, String what) {
        return new Args().add(space).add(what);
    }
}
