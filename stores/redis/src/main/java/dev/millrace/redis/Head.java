package dev.millrace.redis;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import dev.millrace.spi.Micros;
import dev.millrace.spi.RunEnd;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What changes while a job lives, as base.lua packs it (HEAD). Times are microseconds. */
record Head(
        JobState state,
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
    static final UUID NOBODY = new UUID(0, 0);

    static Head of(byte[] bytes) {
        Unpack in = new Unpack(bytes);
        JobState state = Codes.state(in.u8());
        CancelReason reason = Codes.reason(in.u8());
        int end = in.u8();
        int flags = in.u8();
        int priority = in.i16();
        in.u32();
        return new Head(
                state,
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
                .u8(Codes.of(reason))
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

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** Whether the record of the last run is not in the list of records, but made of this. */
    boolean tellsSuccess() {
        return !worker.isEmpty() && lastEnd == RunEnd.SUCCEEDED && finishedAt != Micros.NEVER;
    }
}
