package dev.millrace.redis;

import dev.millrace.StoreException;
import dev.millrace.spi.Retention;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What has become necessary for jobs that wait for others and was not done at once: too many children, or children in other
 * partitions. A partition's script does what it can itself and tells the rest (letters.lua); here that is told to the partitions
 * that it is for, and then the letter goes. All of it is harmless when repeated.
 */
final class Letters {
    /** So many calls of letters.lua are made by whoever caused them; the rest is for sweeps. */
    private static final int ROUNDS = 8;

    private static final int ROUNDS_OF_SWEEP = 40;
    private static final long PAUSE_NANOS = 1_000_000_000;
    private static final long SILENCE_NANOS = 60_000_000_000L;
    private static final int PLACED = 18;
    private static final int ID = 16;

    private static final Logger log = LoggerFactory.getLogger(Letters.class);

    private final Server server;
    private final Partitions partitions;
    private final Retention retention;
    private final Revivals revivals;
    private volatile long pausedUntil = System.nanoTime();
    private final AtomicLong saidAt = new AtomicLong(System.nanoTime() - SILENCE_NANOS);
    /** What calls begin with by which jobs may end. */
    private final List<byte[]> ending;

    Letters(Server server, Partitions partitions, Retention retention, Revivals revivals) {
        this.server = server;
        this.partitions = partitions;
        this.retention = retention;
        this.revivals = revivals;
        this.ending = new Args().add(retention).list();
    }

    /**
     * Works off what lies in these partitions, and in those that hear of it; whether it did. Where a partition does not answer, that is
     * not tried again by each call.
     */
    boolean deliverOrLeave(Collection<Partition> from) {
        if (from.isEmpty() || System.nanoTime() - pausedUntil < 0) {
            return false;
        }
        try {
            if (deliver(from, ROUNDS)) {
                log.debug("jobs that wait for others are so many that sweeps tell the rest");
            }
            return true;
        } catch (StoreException e) {
            pausedUntil = System.nanoTime() + PAUSE_NANOS;
            complain(e);
            return false;
        }
    }

    /** The same, for a sweep; whether another would find more to do. */
    boolean deliverAtLeisure(Collection<Partition> from) {
        try {
            return deliver(from, ROUNDS_OF_SWEEP);
        } catch (StoreException e) {
            complain(e);
            return true;
        }
    }

    /** Says what is the matter, once a minute at most. */
    private void complain(StoreException e) {
        long now = System.nanoTime();
        long since = saidAt.get();
        if (now - since >= SILENCE_NANOS && saidAt.compareAndSet(since, now)) {
            log.warn(
                    "jobs that wait for others are not told how those ended, and stay BLOCKED until they are: {} Each sweep tries"
                            + " again. If this is said again and again, see to the cause; nothing is lost",
                    e.getMessage());
        } else {
            log.debug("jobs that wait for others are not told yet; each sweep tries again", e);
        }
    }

    /** Works off all letters that can be worked off now, by so many calls at most; whether there are more. */
    boolean deliver(Collection<Partition> from, int rounds) {
        Deque<Partition> left = new ArrayDeque<>(from);
        for (int round = 0; round < rounds && !left.isEmpty(); round++) {
            Partition partition = left.remove();
            List<Object> reply = server.call(
                    Script.LETTERS, partition, new Args().add(retention).list());
            boolean again = Server.number(reply.get(0)) == 1;
            List<Item> items = new ArrayList<>();
            for (int at = 1; at < reply.size(); at += 5) {
                items.add(new Item(
                        Server.text(reply.get(at)),
                        (byte[]) reply.get(at + 1),
                        (byte[]) reply.get(at + 2),
                        (byte[]) reply.get(at + 3),
                        (byte[]) reply.get(at + 4)));
            }
            for (Partition woken : tell(partition, items)) {
                if (!left.contains(woken)) {
                    left.add(woken);
                }
            }
            if ((again || !items.isEmpty()) && !left.contains(partition)) {
                left.add(partition);
            }
        }
        return !left.isEmpty();
    }

    /** One letter that concerns other partitions, as letters.lua tells of it. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Item(String kind, byte[] id, byte[] value, byte[] before, byte[] others) {
        UUID job() {
            return Unpack.id(id);
        }
    }

    /** Tells them, and gives the partitions where that has left letters. */
    private List<Partition> tell(Partition from, List<Item> items) {
        Round round = new Round(from);
        for (Item item : items) {
            switch (item.kind()) {
                case "p" -> round.news(item);
                case "r" -> round.strangers(item);
                case "h", "d" -> round.loosened(item);
                case "u" -> round.kept(item);
                case "v" -> {
                    revivals.revive(from, item.job());
                    round.done(item, NOTHING);
                }
                default -> throw new IllegalStateException("a letter of the kind \"" + item.kind() + "\"");
            }
        }
        return round.carryOut();
    }

    private static final byte[] NOTHING = {};

    /** What is told at once, in one call to each partition for each step. */
    private final class Round {
        private final Partition from;
        private final Calling adopting = new Calling(server, Script.ADOPT, List.of());
        private final Calling hearing = new Calling(server, Script.HEAR, ending);
        private final Calling loosening = new Calling(server, Script.LOOSEN, ending);
        private final Calling keeping = new Calling(server, Script.KEEP, List.of());
        private final Args done = new Args().add(retention);
        private final List<Item> news = new ArrayList<>();
        private final List<Item> introduced = new ArrayList<>();
        private final List<Stranger> strangers = new ArrayList<>();

        Round(Partition from) {
            this.from = from;
        }

        void news(Item item) {
            news.add(item);
            Unpack letter = new Unpack(item.value());
            long number = letter.whole();
            int verdict = letter.u8();
            each(
                    item.others(),
                    (kid, home) ->
                            hearing.to(home).add(kid).add(item.id()).add(number).add(verdict));
        }

        void strangers(Item item) {
            introduced.add(item);
            boolean late = item.before()[0] == '1';
            each(item.others(), (parent, home) -> {
                strangers.add(new Stranger(item.id(), parent, home, late));
                adopting.to(home).add(parent).add(item.id()).add(from.number());
            });
        }

        void loosened(Item item) {
            boolean gone = item.kind().equals("d");
            Pack parents = new Pack(item.others().length);
            each(item.others(), (job, home) -> {
                loosening.to(home).add(job).add(item.id()).add(from.number()).add(gone ? 1 : 0);
                parents.raw(job);
            });
            done(item, gone ? parents.bytes() : item.before());
        }

        void kept(Item item) {
            Unpack letter = new Unpack(item.value());
            Partition home = partitions.get(letter.u16());
            long stamp = letter.whole();
            long until = letter.whole();
            keeping.to(home).add(item.id()).add(stamp).add(until).add(letter.rest());
            done(item, NOTHING);
        }

        void done(Item item, byte[] how) {
            done.add(item.kind()).add(item.id()).add(item.value()).add(how);
        }

        List<Partition> carryOut() {
            adopting.send();
            loosening.send();
            keeping.send();
            hearing.send();
            loosening.replies();
            keeping.replies();
            List<Partition> woken = new ArrayList<>();
            heard(woken);
            known(woken);
            if (done.list().size() > 3) {
                server.call(Script.TOLD, from, done.list());
            }
            return woken;
        }

        /** Notes what the children were found to be. */
        private void heard(List<Partition> woken) {
            Map<Partition, Deque<Object>> replies = hearing.replies();
            for (Item item : news) {
                Pack kids = new Pack(item.others().length * 2);
                for (int at = 0; at < item.others().length; at += PLACED) {
                    byte[] kid = Arrays.copyOfRange(item.others(), at, at + PLACED);
                    kids.raw(kid).u8((int) Server.number(next(replies, home(kid))));
                }
                done(item, kids.bytes());
            }
            wake(replies, woken);
        }

        /** Tells the children what their parents are. */
        private void known(List<Partition> woken) {
            Map<Partition, Deque<Object>> replies = adopting.replies();
            Calling telling = new Calling(server, Script.HEAR, ending);
            Set<UUID> patient = new HashSet<>();
            for (Stranger stranger : strangers) {
                String found = Server.text(next(replies, stranger.home()));
                if (found.isEmpty() && !stranger.late()) {
                    patient.add(Unpack.id(stranger.child()));
                    continue;
                }
                int space = found.indexOf(' ');
                telling.to(from)
                        .add(stranger.child())
                        .add(stranger.parent())
                        .add(found.isEmpty() ? "0" : found.substring(0, space))
                        .add(found.isEmpty() ? "missed" : found.substring(space + 1));
            }
            telling.send();
            wake(telling.replies(), woken);
            introduced.stream().filter(item -> patient.contains(item.job())).forEach(item -> done(item, NOTHING));
        }

        private static Object next(Map<Partition, Deque<Object>> replies, Partition from) {
            return Objects.requireNonNull(replies.get(from)).remove();
        }

        private void wake(Map<Partition, Deque<Object>> replies, List<Partition> woken) {
            replies.forEach((partition, left) -> {
                if (Server.number(left.getLast()) == 1) {
                    woken.add(partition);
                }
            });
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Stranger(byte[] child, byte[] parent, Partition home, boolean late) {}

    private interface Each {
        void of(byte[] id, Partition home);
    }

    private void each(byte[] placed, Each action) {
        for (int at = 0; at < placed.length; at += PLACED) {
            byte[] one = Arrays.copyOfRange(placed, at, at + PLACED);
            action.of(Arrays.copyOf(one, ID), home(one));
        }
    }

    private Partition home(byte[] placed) {
        return partitions.get(new Unpack(Arrays.copyOfRange(placed, ID, PLACED)).u16());
    }
}
