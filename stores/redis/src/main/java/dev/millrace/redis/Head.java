package dev.millrace.redis;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.Micros;
import dev.millrace.spi.RunEnd;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What changes while a job lives, as base.lua packs it (HEAD). Times are microseconds. */
record Head(
        JobState state,
        @Nullable Gate gate,
        @Nullable CancelReason reason,
        @Nullable RunEnd lastEnd,
        int flags,
        int priority,
        long token,
        int attempt,
        int snoozes,
        int rescues,
        long arrival,
        long createdAt,
        long dueAt,
        long expiresAt,
        long startedAt,
        long finishedAt,
        long keepUntil,
        long keepFor,
        long exchange,
        UUID session,
        String worker) {
    static final int CANCEL_ASKED = 1;
    static final int LARGE = 2;
    static final int UNIQUE = 4;
    static final int STEPS = 8;
    /** Something ties it to others. */
    static final int FLOW = 16;
    /** Others wait for it. */
    static final int KIDS = 32;
    /** It holds a slot of its group. */
    static final int HOLDS = 64;

    private static final int BY_PARENTS = 0;
    private static final int BY_GROUP = 1;

    static final UUID NOBODY = new UUID(0, 0);

    static Head of(byte[] bytes) {
        Unpack in = new Unpack(bytes);
        JobState state = Codes.state(in.u8());
        int why = in.u8();
        Gate gate = state != JobState.BLOCKED ? null : why == BY_GROUP ? Gate.GROUP : Gate.PARENTS;
        CancelReason reason = state == JobState.BLOCKED ? null : Codes.reason(why);
        int end = in.u8();
        int flags = in.u8();
        int priority = in.i16();
        in.u32();
        return new Head(
                state,
                gate,
                reason,
                end == Codes.NONE ? null : Codes.end(end),
                flags,
                priority,
                in.whole(),
                in.u32(),
                in.u32(),
                in.u32(),
                in.whole(),
                in.micros(),
                in.micros(),
                in.micros(),
                in.micros(),
                in.micros(),
                in.micros(),
                in.micros(),
                in.whole(),
                in.id(),
                Unpack.utf8(in.rest()));
    }

    /** As it is stored, but for the lane and the arrival, which the script fills in. */
    byte[] bytes() {
        return new Pack(160)
                .u8(Codes.of(state))
                .u8(state == JobState.BLOCKED ? gate == Gate.GROUP ? BY_GROUP : BY_PARENTS : Codes.of(reason))
                .u8(Codes.orNone(lastEnd))
                .u8(flags)
                .u16(priority)
                .u32(0)
                .whole(token)
                .u32(attempt)
                .u32(snoozes)
                .u32(rescues)
                .whole(arrival)
                .micros(createdAt)
                .micros(dueAt)
                .micros(expiresAt)
                .micros(startedAt)
                .micros(finishedAt)
                .micros(keepUntil)
                .micros(keepFor)
                .whole(exchange)
                .id(session)
                .raw(Pack.utf8(worker))
                .bytes();
    }

    /** How long after the end of its parents it may run; null if that is not what it waits for. */
    @Nullable
    Duration delay() {
        return gate == Gate.PARENTS && exchange > 0 ? Duration.of(exchange - 1, ChronoUnit.MICROS) : null;
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** Whether the record of the last run is not in the list of records, but made of this. */
    boolean tellsSuccess() {
        return !worker.isEmpty() && lastEnd == RunEnd.SUCCEEDED && finishedAt != Micros.NEVER;
    }
}
