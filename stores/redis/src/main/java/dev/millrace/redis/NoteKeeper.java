package dev.millrace.redis;

import dev.millrace.spi.Micros;
import dev.millrace.spi.Notes.Note;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
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

    /**
     * Notes of one space, as they were at one time.
     *
     * @param version grows with each change
     */
    record Snapshot(long version, long now, List<Mortal> notes) {}

    /** A living note, and when it dies, in microseconds; {@link Micros#NEVER} if it does not. */
    record Mortal(Note note, long death) {}

    Optional<Note> note(String space, String key) {
        return read(home(space), space, args(space, "get").add(key)).stream()
                .map(Kept::note)
                .findFirst();
    }

    List<Note> notes(String space) {
        return kept(home(space), space).stream().map(Kept::note).toList();
    }

    /** The living notes of a space. */
    Snapshot snapshot(String space) {
        return snapshot(home(space), space, args(space, "list"));
    }

    /** One note, if it lives. */
    Snapshot snapshot(String space, String key) {
        return snapshot(home(space), space, args(space, "get").add(key));
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
        Snapshot snapshot = snapshot(partition, space, args);
        return snapshot.notes().stream()
                .map(one -> new Kept(one.note(), left(one.death(), snapshot.now())))
                .toList();
    }

    private static @Nullable Duration left(long death, long now) {
        return death == Micros.NEVER ? null : Duration.ofNanos((death - now) * 1_000);
    }

    private Snapshot snapshot(Partition partition, String space, Args args) {
        List<Object> reply = server.await(server.look(Script.NOTE, partition, args.list()));
        long now = Unpack.told((byte[]) reply.get(0));
        List<Mortal> living = new ArrayList<>();
        for (int at = 2; at + 1 < reply.size(); at += 2) {
            Unpack in = new Unpack((byte[]) reply.get(at + 1));
            long revision = in.whole();
            long death = in.micros();
            if (death > now) {
                living.add(new Mortal(new Note(space, Server.text(reply.get(at)), in.rest(), revision), death));
            }
        }
        living.sort(Comparator.comparing(one -> one.note().key()));
        return new Snapshot(Server.number(reply.get(1)), now, living);
    }

    private Partition home(String space) {
        return partitions.ofQueue(space);
    }

    private static Args args(String space, String what) {
        return new Args().add(space).add(what);
    }
}
