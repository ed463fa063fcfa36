package dev.millrace.redis;

import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Retention;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Jobs that come back since a parent is unfinished again, and whose unique keys are homed in other partitions. */
final class Revivals {
    private final Server server;
    private final Retention retention;
    private final Looks looks;
    private final UniqueKeys keys;

    Revivals(Server server, Retention retention, Looks looks, UniqueKeys keys) {
        this.server = server;
        this.retention = retention;
        this.looks = looks;
        this.keys = keys;
    }

    /** Reserves the job's key and lets it come back. One whose key another holds stays CANCELLED. */
    void revive(Partition partition, UUID id) {
        for (Looks.Found job : looks.find(Map.of(partition, List.of(id)))) {
            JobSpec spec = job.record().spec();
            Reservation wanted = Reservation.again(spec);
            UniqueKeys.Holder holder = keys.reserve(List.of(wanted)).get(0);
            if (!wanted.isHeldBy(holder)) {
                continue;
            }
            Args args = new Args()
                    .add(retention)
                    .add("456")
                    .add("revive")
                    .add(0)
                    .add(0)
                    .add(id)
                    .add(wanted.stamp())
                    .add(holder.since());
            byte[] answer =
                    (byte[]) server.call(Script.OPERATE, partition, args.list()).get(0);
            if (answer[0] != 'D') {
                keys.giveBack(List.of(wanted));
            }
        }
    }
}
