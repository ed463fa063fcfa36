package dev.millrace.redis;

import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.NewJob;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
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
        since[index] = keys.abroad(job.spec()) ? now.since() : 0;
        return null;
    }

    /**
     * Settles whose keys are that jobs of one call want that were stored by it; whether others are to be stored now.
     */
    boolean settleWithin(List<NewJob> jobs, @Nullable Answer[] answers, long[] since) {
        Set<UUID> stored = new HashSet<>();
        boolean more = false;
        for (int i = 0; i < answers.length; i++) {
            NewJob job = jobs.get(i);
            if (answers[i] instanceof Answer.Stored) {
                stored.add(job.spec().id());
            } else if (answers[i] instanceof Answer.Duplicate duplicate && Ties.rule(job.spec()) != 0) {
                if (stored.contains(duplicate.id()) && keys.abroad(job.spec())) {
                    UniqueKeys.Holder holder =
                            keys.ask(List.of(Reservation.first(job.spec()))).get(0);
                    boolean own = holder.job().equals(job.spec().id());
                    since[i] = holder.since();
                    answers[i] = own ? null : settle(job, holder, since, i);
                    more |= answers[i] == null;
                }
            }
        }
        return more;
    }

    /** The holder that a reply of enqueue.lua tells of, behind its letter. */
    UniqueKeys.Holder holder(byte[] reply) {
        Unpack in = new Unpack(reply);
        in.u8();
        return new UniqueKeys.Holder(in.id(), partitions.get(in.u16()), in.whole(), true);
    }
}
