package dev.millrace.testkit.fault;

import java.util.UUID;

/** A run that a worker has told the journal of. */
record Started(UUID job, long token, String worker) {

    /** From a line that tells of its start or its end. */
    static Started of(String[] line) {
        return new Started(UUID.fromString(line[1]), Long.parseLong(line[2]), line[3]);
    }
}
