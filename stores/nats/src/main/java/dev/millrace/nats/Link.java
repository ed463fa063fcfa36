package dev.millrace.nats;

import dev.millrace.StoreException;
import dev.millrace.spi.StoreUnavailableException;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamStatusException;
import io.nats.client.Message;
import io.nats.client.api.ApiResponse;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.PublishAck;
import io.nats.client.api.PurgeResponse;
import io.nats.client.api.StreamInfo;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The connection, and the few requests of JetStream that are needed. Nothing is ever sent twice behind the caller's back: what
 * cannot be sent now fails at once, and what was sent when the connection broke fails as unanswered.
 */
final class Link implements AutoCloseable {
    /** JetStream's error for a publish that expected another last sequence. */
    static final int WRONG_LAST_SEQUENCE = 10071;

    private static final int NO_MESSAGE = 10037;

    private final Settings settings;
    private final Subjects subjects;
    private final Line line;
    private final Set<Waiting> waiting = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Instant made;
    private volatile boolean closed;

    /** A request without an answer so far; each is one of its own. */
    private static final class Waiting {
        final CompletableFuture<Message> answer;

        Waiting(CompletableFuture<Message> answer) {
            this.answer = answer;
        }
    }

    private Link(Settings settings, Line line) {
        this.settings = settings;
        this.subjects = new Subjects(settings.stream());
        this.line = line;
    }

    static Link open(Settings settings) {
        Link link = new Link(settings, Line.open(settings));
        link.line.onLoss(link::lost);
        return link;
    }

    private void lost() {
        for (Waiting each : waiting) {
            each.answer.completeExceptionally(
                    new AskFailed(AskFailed.Why.SILENCE, "the connection was lost before the answer came", null));
        }
    }

    /** The connection, and what becomes of it. */
    Line line() {
        return line;
    }

    Connection connection() {
        return line.connection();
    }

    Subjects subjects() {
        return subjects;
    }

    Settings settings() {
        return settings;
    }

    boolean connected() {
        return line.connected();
    }

    /** The most bytes in a message that leaves room for heads, and for being told in base64. */
    int roomInMessage() {
        return (int) Math.min(256 * 1024, connection().getServerInfo().getMaxPayload() * 5 / 8);
    }

    /** Sends a request. The answer fails with {@link AskFailed} only. */
    CompletableFuture<Message> ask(String subject, @Nullable Headers headers, byte[] body, Duration timeout) {
        if (closed || !connected()) {
            return CompletableFuture.failedFuture(new AskFailed(AskFailed.Why.NOBODY, "there is no connection", null));
        }
        CompletableFuture<Message> sent;
        try {
            Message message = NatsMessage.builder()
                    .subject(subject)
                    .headers(headers)
                    .data(body)
                    .build();
            sent = connection().requestWithTimeout(message, timeout);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(
                    new AskFailed(AskFailed.Why.NOBODY, "could not be sent: " + e.getMessage(), e));
        }
        CompletableFuture<Message> answer = new CompletableFuture<>();
        Waiting mine = new Waiting(answer);
        waiting.add(mine);
        CompletableFuture<Message> unused = sent.whenComplete((message, e) -> {
            waiting.remove(mine);
            if (e != null) {
                answer.completeExceptionally(failure(e));
            } else if (message.isStatusMessage() && message.getStatus().getCode() == 503) {
                answer.completeExceptionally(new AskFailed(AskFailed.Why.NOBODY, "nobody listens", null));
            } else {
                answer.complete(message);
            }
        });
        if (!connected()) {
            // It may have been lost between the first look and the request.
            answer.completeExceptionally(new AskFailed(AskFailed.Why.SILENCE, "the connection was lost", null));
        }
        return answer;
    }

    private static AskFailed failure(Throwable error) {
        Throwable e = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        if (e instanceof JetStreamStatusException status && status.getStatus().getCode() == 503) {
            return new AskFailed(AskFailed.Why.NOBODY, "nobody listens", e);
        }
        String what = e instanceof TimeoutException || e instanceof CancellationException
                ? "no answer came in time"
                : String.valueOf(e.getMessage());
        return new AskFailed(AskFailed.Why.SILENCE, what, e);
    }

    /**
     * Publishes if the stream's last message has that sequence; the answer is the new one's, or fails with what refused it.
     *
     * @param ahead bytes on their way before it, which it waits for
     */
    CompletableFuture<Long> publishAfter(long last, String subject, byte[] body, long ahead) {
        Headers headers = new Headers();
        if (last == 0) {
            // Before the first message there is no last sequence to expect; the subject of leaders comes first.
            headers.put("Nats-Expected-Last-Subject-Sequence", "0");
        } else {
            headers.put("Nats-Expected-Last-Sequence", Long.toString(last));
        }
        Duration patience = settings.timeoutFor(ahead + body.length);
        return ask(subject, headers, body, patience).thenApply(message -> {
            try {
                return new PublishAck(message).getSeqno();
            } catch (IOException | JetStreamApiException e) {
                throw new CompletionException(e);
            }
        });
    }

    /** The message of that sequence; an empty one when it is gone. */
    CompletableFuture<byte[]> read(long seq) {
        return api("STREAM.MSG.GET", "{\"seq\":" + seq + "}").thenApply(message -> {
            MessageInfo info = message(message);
            if (!info.hasError()) {
                return info.getData();
            }
            if (info.getApiErrorCode() == NO_MESSAGE) {
                return new byte[0];
            }
            throw apiError(info);
        });
    }

    /** When the server stored that message; null when it is gone. */
    @Nullable
    Instant stamp(long seq) {
        MessageInfo info = message(await(api("STREAM.MSG.GET", "{\"seq\":" + seq + "}")));
        return info.hasError() ? null : info.getTime().toInstant();
    }

    /** The last message of that subject; null when there is none. */
    @Nullable
    MessageInfo last(String subject) {
        MessageInfo info = message(await(api("STREAM.MSG.GET", "{\"last_by_subj\":\"" + subject + "\"}")));
        if (info.hasError()) {
            if (info.getApiErrorCode() == NO_MESSAGE) {
                return null;
            }
            throw apiError(info);
        }
        return info;
    }

    StreamInfo info() {
        return checked(new StreamInfo(await(api("STREAM.INFO", ""))));
    }

    /** The sequence of the stream's last message. */
    CompletableFuture<Long> lastSequence() {
        return api("STREAM.INFO", "").thenApply(message -> {
            return checked(new StreamInfo(message)).getStreamState().getLastSequence();
        });
    }

    /** The stream is the one that was made then. */
    void madeAt(Instant time) {
        made = time;
    }

    private StreamInfo checked(StreamInfo info) {
        if (info.hasError()) {
            throw apiError(info);
        }
        Instant known = made;
        if (known != null && !known.equals(info.getCreateTime().toInstant())) {
            throw new StoreException("the stream \"" + settings.stream() + "\" at " + settings.shown()
                    + " was deleted and made anew: the jobs that were there are gone. If that was meant, open the store"
                    + " anew; if not, restore the server's data");
        }
        return info;
    }

    /** Deletes every message before that one. */
    void purgeBefore(long seq) {
        PurgeResponse purged = new PurgeResponse(await(api("STREAM.PURGE", "{\"seq\":" + seq + "}")));
        if (purged.hasError()) {
            throw apiError(purged);
        }
    }

    private CompletableFuture<Message> api(String verb, String json) {
        return ask(
                "$JS.API." + verb + "." + settings.stream(),
                null,
                json.getBytes(StandardCharsets.UTF_8),
                settings.timeout());
    }

    private MessageInfo message(Message answer) {
        return new MessageInfo(answer, settings.stream(), false);
    }

    private StoreException apiError(ApiResponse<?> response) {
        return NatsErrors.refused(
                settings, response.getErrorCode(), response.getApiErrorCode(), String.valueOf(response.getError()));
    }

    /** The answer, or an exception of the store's. */
    <T> T await(CompletableFuture<T> answer) {
        try {
            return answer.get(settings.timeout().toMillis() + 1_000, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreUnavailableException(
                    "interrupted while waiting for " + settings.shown() + ": whether it was done is not known", e);
        } catch (TimeoutException e) {
            throw NatsErrors.unavailable(settings, "no answer came in time", e);
        } catch (ExecutionException e) {
            throw NatsErrors.of(settings, e.getCause());
        }
    }

    @Override
    public void close() {
        closed = true;
        line.close();
    }
}
