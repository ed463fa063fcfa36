package dev.millrace.nats;

import dev.millrace.spi.Micros;
import dev.millrace.spi.StoreUnavailableException;
import io.nats.client.JetStreamApiException;
import io.nats.client.api.MessageInfo;
import java.time.Instant;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Who has the lead, as the stream says, and how it is claimed. Thread-safe. */
final class Seats {
    private final Link link;
    private final Settings settings;
    private final ServerClock clock;
    private final Set<UUID> own = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Seat known;

    /** What the last message on the subject of leaders says, and where it is. */
    record Seat(Lead lead, long at) {}

    Seats(Link link, ServerClock clock) {
        this.link = link;
        this.settings = link.settings();
        this.clock = clock;
    }

    /** Who has the lead, by the last look that was not forgotten; null when no one ever had. */
    @Nullable
    Seat present() {
        Seat present = known;
        if (present == null) {
            MessageInfo last = link.last(link.subjects().lead());
            present = last == null ? null : new Seat(Lead.read(last.getData(), settings), last.getSeq());
            known = present;
        }
        return present;
    }

    /** Who has the lead by the last look; null when that was forgotten, or there was none. */
    @Nullable
    Seat known() {
        return known;
    }

    /** Looks anew when it is asked next. */
    void forget() {
        known = null;
    }

    /** This instance leads from that message on. */
    void taken(Lead lead, long at) {
        own.add(lead.epoch());
        known = new Seat(lead, at);
    }

    /** Whether this instance has taken the lead by that name, at whatever time. */
    boolean own(UUID epoch) {
        return own.contains(epoch);
    }

    /** Whether the lead is where it was; a leader says now and then again that it leads. */
    static boolean same(@Nullable Seat from, @Nullable Seat present) {
        if (from == null || present == null) {
            return from == null && present == null;
        }
        return from.lead().epoch().equals(present.lead().epoch())
                && from.lead().vacant() == present.lead().vacant();
    }

    /** Publishes who leads from now on; 0 when someone else wrote meanwhile. */
    long claim(Lead lead, long last) {
        try {
            Instant sent = Instant.now();
            long at = link.publishAfter(last, link.subjects().lead(), lead.toBytes(), 0)
                    .get(settings.timeout().toMillis(), TimeUnit.MILLISECONDS);
            Instant acknowledged = Instant.now();
            MessageInfo stored = link.last(link.subjects().lead());
            if (stored == null || stored.getSeq() != at) {
                return 0;
            }
            clock.learn(sent, acknowledged, Micros.of(stored.getTime().toInstant()));
            return at;
        } catch (ExecutionException e) {
            Throwable cause =
                    e.getCause() instanceof CompletionException c && c.getCause() != null ? c.getCause() : e.getCause();
            if (cause instanceof JetStreamApiException api && api.getApiErrorCode() == Link.WRONG_LAST_SEQUENCE) {
                known = null;
                return 0;
            }
            if (cause instanceof AskFailed failed) {
                // Whether it was taken will be seen by who leads then.
                throw new AskFailed(AskFailed.Why.NOBODY, String.valueOf(failed.getMessage()), failed);
            }
            throw NatsErrors.of(settings, cause);
        } catch (TimeoutException e) {
            throw new AskFailed(AskFailed.Why.NOBODY, "the lead could not be taken in time", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreUnavailableException("interrupted while waiting for the store: nothing was changed", e);
        }
    }
}
