package dev.millrace.redis;

import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.NewJob;
import org.jspecify.annotations.Nullable;

/**
 * Unique keys whose holder lives in another partition than the key or the new job, and which the new job may take, or whose holder
 * it may replace. The holder's partition says what it is, and takes the key from one that runs, with a letter to the key's home in
 * case that this call ends here; then the key's home lets the key pass.
 */
final class Contests {
    private final Server server;
    private final Partitions partitions;
    private final UniqueKeys keys;
    private final EnqueueArgs args;

    Contests(Server server, Partitions partitions, UniqueKeys keys, EnqueueArgs args) {
        this.server = server;
        this.partitions = partitions;
        this.keys = keys;
        this.args = args;
    }

    /**
     * Settles whose a key is.
     *
     * @param since where to note since when the new job has it, if it is to be stored
     * @return null if the new job is to be stored
     */
    @Nullable
    Answer settle(NewJob job, UniqueKeys.Holder holder, long[] since, int index) {
        byte[] found = (byte[]) server.call(Script.REPLACE, holder.lives(), args.of(job, holder))
                .get(0);
        if (found[0] == 'R') {
            return new Answer.Replaced(holder.job());
        }
        if (found[0] == 'D') {
            return new Answer.Duplicate(holder.job());
        }
        UniqueKeys.Holder now = keys.takeOver(job.spec(), holder);
        if (!now.job().equals(job.spec().id())) {
            return new Answer.Duplicate(now.job());
        }
        boolean abroad = keys.abroad(job.spec());
        since[index] = abroad ? now.since() : 0;
        return null;
    }

    /** The holder that a reply of enqueue.lua tells of, behind its letter. */
    UniqueKeys.Holder holder(byte[] reply) {
        Unpack in = new Unpack(reply);
        in.u8();
        return new UniqueKeys.Holder(in.id(), partitions.get(in.u16()), in.whole(), true);
    }
}
