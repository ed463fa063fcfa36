package dev.millrace.redis;

import dev.millrace.JobState;
import dev.millrace.spi.Retention;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Gathers a script's own arguments. */
final class Args {
    private final List<byte[]> list = new ArrayList<>();

    Args add(byte[] value) {
        list.add(value);
        return this;
    }

    Args add(String value) {
        return add(Pack.utf8(value));
    }

    Args add(long value) {
        return add(Long.toString(value));
    }

    Args add(UUID id) {
        return add(Pack.id16(id));
    }

    /** How long what has ended is kept, in the order of the final states. */
    Args add(Retention retention) {
        return add(Specs.micros(retention.of(JobState.SUCCEEDED)))
                .add(Specs.micros(retention.of(JobState.FAILED)))
                .add(Specs.micros(retention.of(JobState.CANCELLED)));
    }

    List<byte[]> list() {
        return list;
    }
}
