package dev.millrace.nats;

import dev.millrace.StoreException;
import dev.millrace.spi.StoreUnavailableException;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamOptions;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.PushSubscribeOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.UUID;

/** Reads the journal from its beginning: each entry of each whole commit, in order. */
final class Replay {
    private final Link link;
    private final Reader reader;
    private Out commit = new Out(4_096);
    private UUID epoch = new UUID(0, 0);
    private long number = -1;
    private long nextPart;
    private long firstSeq;

    /** Takes what is read. */
    interface Reader {
        /** An entry; {@code at} is the first message of its commit. */
        void entry(long at, int size, In entry);

        /** How many revisions of notes there had been. */
        void revisions(long seen);
    }

    private Replay(Link link, Reader reader) {
        this.link = link;
        this.reader = reader;
    }

    /**
     * Reads all commits up to the one whose last message has that sequence. It returns only when that one was read: any server
     * with a replica may be the one that is read from, and one that is behind the others is waited for.
     */
    static void readTo(Link link, long end, Reader reader) {
        long first = link.info().getStreamState().getFirstSequence();
        read(link, first, end, reader);
        if (link.info().getStreamState().getFirstSequence() != first) {
            // An entry may have been read whose successors were cut off before their turn: a deleted job would live
            // again.
            throw NatsErrors.notDone(
                    link.settings(), "the journal was cut shorter while it was read; it is read anew", null);
        }
    }

    /**
     * Reads the commits between those two messages. What a replica still has from before the first is left out: it may be cut
     * off there while it is read, and an entry without its successors would count.
     */
    static void read(Link link, long first, long end, Reader reader) {
        try {
            new Replay(link, reader).run(first, end);
        } catch (IOException | JetStreamApiException e) {
            throw NatsErrors.of(link.settings(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreUnavailableException("interrupted while reading the journal: nothing was changed", e);
        }
    }

    private void run(long first, long end) throws IOException, JetStreamApiException, InterruptedException {
        PushSubscribeOptions options = PushSubscribeOptions.builder().stream(link.settings().stream())
                .ordered(true)
                .build();
        JetStreamSubscription subscription =
                link.connection().jetStream(patient()).subscribe(link.subjects().journal(), options);
        try {
            long seq = 0;
            while (seq < end) {
                Message message = next(subscription);
                seq = message.metaData().streamSequence();
                if (seq >= first && seq <= end) {
                    part(seq, message.getData());
                }
            }
            if (seq != end) {
                throw NatsErrors.notDone(
                        link.settings(), "the journal lacks message " + end + ", which was its end", null);
            }
        } finally {
            if (link.connected()) {
                subscription.unsubscribe();
            }
        }
    }

    private JetStreamOptions patient() {
        return JetStreamOptions.builder()
                .requestTimeout(link.settings().timeout())
                .build();
    }

    private Message next(JetStreamSubscription subscription) throws InterruptedException {
        Duration patience = link.settings().timeout();
        Message message = subscription.nextMessage(patience);
        if (message == null) {
            throw NatsErrors.notDone(link.settings(), "the journal could not be read to its end", null);
        }
        return message;
    }

    private void part(long seq, byte[] bytes) {
        In in = new In(bytes);
        int version = in.one();
        if (version > Draft.VERSION) {
            throw new StoreException("the stream \"" + link.settings().stream() + "\" holds commits of layout "
                    + version + ": use the newer millrace-nats. Nothing was changed");
        }
        UUID author = in.uuid();
        long ofCommit = in.number();
        long part = in.number();
        long parts = in.number();
        long revisions = in.number();
        if (part == 0) {
            commit = new Out(bytes.length * (int) Math.min(parts, 64));
            epoch = author;
            number = ofCommit;
            nextPart = 0;
            firstSeq = seq;
        } else if (part != nextPart || ofCommit != number || !author.equals(epoch)) {
            // The rest of a commit that was never finished, or whose beginning was cut off: all of it is void.
            number = -1;
            return;
        }
        nextPart++;
        byte[] piece = in.rest();
        commit.raw(piece, 0, piece.length);
        if (nextPart == parts) {
            reader.revisions(revisions);
            In entries = new In(commit.toBytes());
            while (entries.hasMore()) {
                In entry = entries.block();
                reader.entry(firstSeq, entry.left() + 4, entry);
            }
            number = -1;
        }
    }
}
