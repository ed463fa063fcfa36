package dev.millrace.nats;

import dev.millrace.StoreException;
import dev.millrace.spi.StoreUnavailableException;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import java.time.DateTimeException;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where other instances ask the leader. What does not fit into one message goes in parts; see {@link Parts}. */
final class Office implements AutoCloseable {
    /** What a request begins with. */
    static final int PING = 0;

    static final int CALL = 1;
    static final int PART = 2;
    static final int CALL_IN_PARTS = 3;
    static final int FETCH = 4;

    /** What an answer begins with. */
    static final int DONE = 0;

    static final int DONE_IN_PARTS = 1;
    static final int MOVED = 2;
    static final int UNAVAILABLE = 3;
    static final int FAILED = 4;
    static final int REFUSED = 5;

    private static final Logger LOG = LoggerFactory.getLogger(Office.class);

    private final Link link;
    private final Leader leader;
    private final Crew crew;
    private final ServerClock clock;
    private final Serving serving;
    private final Parts parts;
    private final Dispatcher dispatcher;

    /** Carries a call out on the leader. */
    interface Serving {
        Inbox.Work work(Asking asking);
    }

    Office(Link link, Leader leader, Crew crew, ServerClock clock, Serving serving) {
        this.link = link;
        this.leader = leader;
        this.crew = crew;
        this.clock = clock;
        this.serving = serving;
        this.parts = new Parts(link.roomInMessage(), link.settings().timeout().multipliedBy(3));
        dispatcher = link.connection().createDispatcher(this::receive);
        dispatcher.setPendingLimits(-1, -1);
        dispatcher.subscribe(link.subjects().ask(leader.lead().epoch()));
    }

    private void receive(Message message) {
        try {
            handle(message);
        } catch (RuntimeException e) {
            fail(message, e);
        }
    }

    private void handle(Message message) {
        In in = new In(message.getData());
        int sort = in.one();
        switch (sort) {
            case PING ->
                answer(message, DONE, new Out(1).flag(!leader.loaded().isDone()).toBytes());
            case CALL -> call(message, in.rest());
            case PART -> {
                parts.put(in.uuid(), in.small(), in.small(), in.rest());
                answer(message, DONE, new byte[0]);
            }
            case CALL_IN_PARTS -> call(message, parts.take(in.uuid()));
            case FETCH -> answer(message, DONE, parts.part(in.uuid(), in.small()));
            default -> answer(message, FAILED, text("this version does not know the request " + sort + ": update it"));
        }
    }

    private void call(Message message, byte[] bytes) {
        Asking asking = Wire.fromBytes(Asking.class, bytes);
        CompletableFuture<?> unused = leader.submit(serving.work(asking)).whenComplete((answer, e) -> {
            try {
                crew.replies().execute(() -> reply(message, asking.call(), answer, e));
            } catch (RejectedExecutionException closing) {
                LOG.debug("an answer is lost: the store is being closed", closing);
            }
        });
    }

    private void reply(Message message, Call<?> call, Supplier<?> answer, Throwable failure) {
        Throwable e = failure;
        if (e == null) {
            try {
                byte[] bytes = Wire.toBytes(Call.replyType(call), answer.get());
                if (bytes.length <= parts.room()) {
                    answer(message, DONE, bytes);
                } else {
                    UUID id = UUID.randomUUID();
                    int count = parts.split(id, bytes);
                    answer(
                            message,
                            DONE_IN_PARTS,
                            new Out(24).uuid(id).number(count).toBytes());
                }
                return;
            } catch (RuntimeException thrown) {
                e = thrown;
            }
        }
        fail(message, e instanceof CompletionException && e.getCause() != null ? e.getCause() : e);
    }

    private void fail(Message message, Throwable e) {
        byte[] said = text(String.valueOf(e.getMessage()));
        if (e instanceof AskFailed failed) {
            answer(message, failed.why == AskFailed.Why.NOBODY ? MOVED : UNAVAILABLE, said);
        } else if (e instanceof StoreUnavailableException) {
            answer(message, UNAVAILABLE, said);
        } else if (e instanceof StoreException) {
            answer(message, FAILED, said);
        } else if (e instanceof IllegalArgumentException
                || e instanceof ArithmeticException
                || e instanceof DateTimeException) {
            answer(message, REFUSED, said);
        } else {
            LOG.error("a call of another instance failed; it is told so", e);
            answer(message, FAILED, text(e.toString()));
        }
    }

    private static byte[] text(String text) {
        return new Out(64).text(text).toBytes();
    }

    private void answer(Message message, int sort, byte[] bytes) {
        String to = message.getReplyTo();
        if (to == null) {
            return;
        }
        Out out = new Out(bytes.length + 12).one(sort).number(clock.serverMicros());
        try {
            link.connection().publish(to, out.raw(bytes, 0, bytes.length).toBytes());
        } catch (RuntimeException e) {
            LOG.debug("an answer could not be sent; whoever asked will ask again", e);
        }
    }

    @Override
    public void close() {
        if (link.connection().getStatus() != Connection.Status.CLOSED) {
            try {
                link.connection().closeDispatcher(dispatcher);
            } catch (RuntimeException e) {
                LOG.debug("the office was closed with its connection", e);
            }
        }
    }
}
