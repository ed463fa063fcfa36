package dev.millrace.spi;

import java.util.UUID;

/** The worker's side: sessions, claims, outcomes, upkeep. */
public interface Floor {

    /** Registers a session. Opening the same id again while it is open changes only its description. */
    void openSession(SessionOpening opening);

    /**
     * The main verb: settles the outcomes of the previous batch and claims the next, in one round trip per partition. An
     * exchange without outcomes only claims; with {@link Claim.Nothing} it only settles. Due jobs are promoted on the way.
     *
     * <p>An outcome applies only while its job is RUNNING under the outcome's token. A closed or unknown session gets no
     * claims, and the reply says so.
     */
    ExchangeReply exchange(Exchange exchange);

    /**
     * Whether one exchange settles while another claims, so that the two together are sooner done than one that does both. A
     * worker with a backlog then hands in outcomes on a thread of their own, and exchanges of one session may arrive in another
     * order than that of their numbers. Not so where there is one writer at a time.
     */
    default boolean settlesBeside() {
        return false;
    }

    /**
     * Renews a session (one row, key or message, never one per job), stores what its runs report, and returns what the
     * session needs to know. A closed or unknown session is not renewed: the reply says that it is closed, and holds
     * nothing.
     */
    BeatReply beat(Beat beat);

    /**
     * Stores the result of a {@code once} step, durably, before this returns.
     *
     * @return whether it was stored: false when the run does not own the job any more
     */
    boolean checkpoint(RunRef run, String step, byte[] value);

    /**
     * Closes a session for good. Claims that it still holds are taken back by the next sweep.
     *
     * @return whether this call closed it: false when it was closed or unknown
     */
    boolean closeSession(UUID session);

    /**
     * Upkeep in a small bounded batch: promotes due jobs, closes sessions that were not heard of for a lease and takes their
     * jobs back, expires jobs, deletes what was kept long enough. Any worker may call it, two at once do no harm.
     */
    SweepReport sweep(Sweep sweep);
}
