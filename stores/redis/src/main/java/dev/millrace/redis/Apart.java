package dev.millrace.redis;

import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Micros;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A claimed job, as the script told of it. */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Apart(Partition partition, byte[] id, Head head, byte[] spec) {
    ClaimedJob claimed(byte @Nullable [] payload, Map<String, byte[]> steps) {
        return new ClaimedJob(
                Specs.spec(Unpack.id(id), head.priority(), spec, payload),
                head.token(),
                new ClaimedJob.History(head.attempt(), head.snoozes(), head.rescues()),
                new ClaimedJob.Times(
                        Micros.instant(head.createdAt()),
                        Micros.instant(head.dueAt()),
                        Micros.orNull(head.expiresAt())),
                steps);
    }
}
