package dev.millrace.spi;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an exchange gave.
 *
 * @param open whether the session is open; if not, nothing was claimed, and the worker must open a new one
 * @param answers one per settlement, in the order given
 * @param claimed the claimed jobs, in the order in which they are to be started
 * @param now the store's time
 * @param nextDue when the next SCHEDULED job falls due; null when there is none; not after {@code now} where the claim stopped
 *     at very many expired jobs, so that it is to be made again at once
 */
public record ExchangeReply(
        boolean open,
        List<SettleAnswer> answers,
        List<ClaimedJob> claimed,
        Instant now,
        @Nullable Instant nextDue) {}
