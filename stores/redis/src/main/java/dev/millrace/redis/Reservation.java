package dev.millrace.redis;

import dev.millrace.spi.JobSpec;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A job's key, as it is reserved.
 *
 * @param stamp {@link #FIRST}, or for a job that is run again one that was not used before
 * @param from whose place it takes
 */
record Reservation(JobSpec spec, long stamp, From from) {
    /** The stamp of a job's first one. */
    static final long FIRST = 0;

    /** A job's first one; it stays what it is when it is asked for again. */
    static Reservation first(JobSpec spec) {
        return new Reservation(spec, FIRST, new From.Nobody());
    }

    /** A later one of a job that is still to be stored. */
    static Reservation anew(JobSpec spec) {
        return new Reservation(spec, FIRST, new From.Itself());
    }

    /** One for a job that is run again. */
    static Reservation again(JobSpec spec) {
        return new Reservation(spec, ThreadLocalRandom.current().nextLong(1, 1L << 52), new From.Itself());
    }

    boolean isHeldBy(UniqueKeys.Holder holder) {
        return holder.job().equals(spec.id());
    }

    /** One that takes the key from another job. */
    static Reservation from(JobSpec spec, From.Another another) {
        return new Reservation(spec, FIRST, another);
    }

    /** Whose place a reservation takes. */
    sealed interface From {
        /** As scripts take it. */
        byte[] bytes();

        /** Nobody's: the key has to be free. */
        record Nobody() implements From {
            @Override
            public byte[] bytes() {
                return Pack.utf8("0");
            }
        }

        /**
         * Also an earlier one's of the same job, so that whoever finds that one old, and is about to free its key, finds it gone.
         */
        record Itself() implements From {
            @Override
            public byte[] bytes() {
                return Pack.utf8("1");
            }
        }

        /** Also that of another job, which has the key since then, and loses it. */
        record Another(UUID job, long since) implements From {
            @Override
            public byte[] bytes() {
                return new Pack(24).id(job).whole(since).bytes();
            }
        }
    }
}
