package dev.millrace.nats;

import dev.millrace.StoreException;
import dev.millrace.spi.Retention;
import dev.millrace.spi.StoreUnavailableException;
import io.nats.client.Message;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Asks a leader elsewhere. Thread-safe. */
final class Asker {
    /** How long a leader may take to say that it is there. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final Link link;
    private final Retention retention;
    private final ServerClock clock;
    private final BooleanSupplier leads;

    /** @param leads whether this instance leads, and so knows the time at first hand */
    Asker(Link link, Retention retention, ServerClock clock, BooleanSupplier leads) {
        this.link = link;
        this.retention = retention;
        this.clock = clock;
        this.leads = leads;
    }

    /** What a leader says of itself. */
    enum Presence {
        NONE,
        READING,
        LEADING
    }

    /** Whether that leader is there, by the word of its connection's thread, however long its calls take. */
    Presence presence(UUID epoch) {
        byte[] ping = new Out(1).one(Office.PING).toBytes();
        try {
            In answer = opened(link.ask(link.subjects().ask(epoch), null, ping, PATIENCE)
                    .get(PATIENCE.toMillis() + 500, TimeUnit.MILLISECONDS));
            answer.one();
            answer.number();
            return answer.flag() ? Presence.READING : Presence.LEADING;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreUnavailableException("interrupted while looking for the leader: nothing was changed", e);
        } catch (ExecutionException | TimeoutException e) {
            return Presence.NONE;
        }
    }

    /**
     * The answer of that leader.
     *
     * @throws AskFailed if it did not answer, or leads no more; says whether the call may have been carried out
     */
    <R> R ask(UUID epoch, Call<R> call) {
        byte[] bytes = Wire.toBytes(Asking.class, new Asking(call, retention));
        int room = link.roomInMessage();
        byte[] request;
        if (bytes.length <= room) {
            request = new Out(bytes.length + 1)
                    .one(Office.CALL)
                    .raw(bytes, 0, bytes.length)
                    .toBytes();
        } else {
            request = new Out(17)
                    .one(Office.CALL_IN_PARTS)
                    .uuid(sendParts(epoch, bytes, room))
                    .toBytes();
        }
        Instant sent = Instant.now();
        In answer = turn(epoch, request, bytes.length);
        return read(epoch, call, answer, sent);
    }

    /** Sends the parts; the call itself comes last, so nothing is done until all have arrived. */
    private UUID sendParts(UUID epoch, byte[] bytes, int room) {
        UUID id = UUID.randomUUID();
        int count = Parts.count(bytes.length, room);
        Window window = new Window();
        List<CompletableFuture<Message>> sent = new ArrayList<>();
        boolean whole = true;
        for (int i = 0; i < count && whole; i++) {
            byte[] part = Parts.part(bytes, i, room);
            whole = window.awaitRoom(part.length);
            Out out = new Out(part.length + 32)
                    .one(Office.PART)
                    .uuid(id)
                    .number(i)
                    .number(count)
                    .raw(part, 0, part.length);
            CompletableFuture<Message> arrived = link.ask(
                    link.subjects().ask(epoch),
                    null,
                    out.toBytes(),
                    link.settings().timeoutFor(window.bytes()));
            window.add(part.length, arrived);
            sent.add(arrived);
        }
        window.awaitRoom(Window.BYTES);
        try {
            link.await(CompletableFuture.allOf(sent.toArray(new CompletableFuture<?>[0])));
        } catch (StoreUnavailableException e) {
            throw new AskFailed(AskFailed.Why.NOBODY, "the request did not arrive whole", e);
        }
        return id;
    }

    private In turn(UUID epoch, byte[] request, int bytes) {
        CompletableFuture<Message> answer = link.ask(
                link.subjects().ask(epoch), null, request, link.settings().timeoutFor(bytes));
        while (true) {
            try {
                return opened(answer.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
            } catch (TimeoutException e) {
                if (presence(epoch) == Presence.NONE) {
                    throw new AskFailed(AskFailed.Why.SILENCE, "the leader does not answer", e);
                }
            } catch (ExecutionException e) {
                if (e.getCause() instanceof AskFailed failed) {
                    throw failed;
                }
                throw NatsErrors.of(link.settings(), e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new StoreUnavailableException(
                        "interrupted while waiting for the store: whether the call took effect is not known", e);
            }
        }
    }

    private static In opened(Message message) {
        return new In(message.getData());
    }

    private <R> R read(UUID epoch, Call<R> call, In answer, Instant sent) {
        Instant received = Instant.now();
        int sort = answer.one();
        long server = answer.number();
        if (!leads.getAsBoolean()) {
            clock.learn(sent, received, server);
        }
        return switch (sort) {
            case Office.DONE -> value(call, answer);
            case Office.DONE_IN_PARTS -> value(call, new In(fetch(epoch, answer.uuid(), answer.small())));
            case Office.MOVED -> throw new AskFailed(AskFailed.Why.NOBODY, answer.text(), null);
            case Office.UNAVAILABLE -> throw new StoreUnavailableException(answer.text(), null);
            case Office.REFUSED -> throw new IllegalArgumentException(answer.text());
            default -> throw new StoreException(answer.text());
        };
    }

    private byte[] fetch(UUID epoch, UUID id, int count) {
        List<CompletableFuture<Message>> asked = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] fetch = new Out(24).one(Office.FETCH).uuid(id).number(i).toBytes();
            asked.add(link.ask(
                    link.subjects().ask(epoch), null, fetch, link.settings().timeout()));
        }
        byte[][] parts = new byte[count][];
        for (int i = 0; i < count; i++) {
            In part = opened(link.await(asked.get(i)));
            int sort = part.one();
            part.number();
            if (sort != Office.DONE) {
                throw new StoreUnavailableException(part.text(), null);
            }
            parts[i] = part.rest();
        }
        return Parts.join(parts);
    }

    @SuppressWarnings("unchecked") // the call says what its answer is
    private static <R> R value(Call<R> call, In in) {
        @Nullable Object value = Wire.read(Call.replyType(call), in);
        return (R) Objects.requireNonNull(value);
    }
}
