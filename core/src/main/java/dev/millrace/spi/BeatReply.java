package dev.millrace.spi;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a session needs to know.
 *
 * @param open whether the session is open; if not, it was taken for dead: its worker must interrupt everything and open a
 *     new one
 * @param cancelled runs of this session whose cancellation was asked for
 * @param held every claim that the session holds, so that claims of a lost reply can be handed back
 * @param command what an operator wants of the worker; null for nothing. Repeated by each beat
 * @param claimable whether any job is READY
 * @param now the store's time
 * @param untold reports of the beat that could not be taken, since something else had their jobs locked: to be sent again with
 *     the next beat
 */
public record BeatReply(
        boolean open,
        List<RunRef> cancelled,
        List<Held> held,
        @Nullable SessionCommand command,
        boolean claimable,
        Instant now,
        List<Beat.RunReport> untold) {
    /**
     * One claim.
     *
     * @param run the run that it began
     * @param exchange the number of the exchange that made it
     */
    public record Held(RunRef run, long exchange) {}

    /** A reply to a beat whose reports were all taken. */
    public BeatReply(
            boolean open,
            List<RunRef> cancelled,
            List<Held> held,
            @Nullable SessionCommand command,
            boolean claimable,
            Instant now) {
        this(open, cancelled, held, command, claimable, now, List.of());
    }

    /** The same, but for these reports. */
    public BeatReply leaving(List<Beat.RunReport> reports) {
        return new BeatReply(open, cancelled, held, command, claimable, now, reports);
    }

    public static BeatReply closed(Instant now) {
        return new BeatReply(false, List.of(), List.of(), null, false, now);
    }
}
