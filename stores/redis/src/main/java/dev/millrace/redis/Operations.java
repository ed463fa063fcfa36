package dev.millrace.redis;

import dev.millrace.JobState;
import dev.millrace.spi.Due;
import dev.millrace.spi.Filter;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Operation;
import dev.millrace.spi.OperationReport;
import dev.millrace.spi.Retention;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What people do to jobs: a page of them is found, then each partition's script does it to those that still fit. */
final class Operations {
    private static final String ALL_STATES = "0123456";

    private final Server server;
    private final Partitions partitions;
    private final Retention retention;
    private final Pages pages;
    private final UniqueKeys keys;
    private final Outbox outbox;
    private final Letters letters;

    Operations(
            Server server,
            Partitions partitions,
            Retention retention,
            Pages pages,
            UniqueKeys keys,
            Outbox outbox,
            Letters letters) {
        this.server = server;
        this.partitions = partitions;
        this.retention = retention;
        this.pages = pages;
        this.keys = keys;
        this.outbox = outbox;
        this.letters = letters;
    }

    OperationReport operate(Operation operation, Filter filter, @Nullable UUID after, int limit) {
        Pages.Page page = pages.page(filter, after, limit);
        List<UUID> done = new ArrayList<>();
        List<UUID> requested = new ArrayList<>();
        Map<UUID, String> refused = new LinkedHashMap<>();
        Map<Partition, List<UUID>> shares = new LinkedHashMap<>();
        Map<UUID, Reserved> reservations =
                operation instanceof Operation.RunAgain ? reserve(page.jobs(), refused) : new HashMap<>();
        for (Looks.Found job : page.jobs()) {
            if (!refused.containsKey(job.id())) {
                shares.computeIfAbsent(job.partition(), any -> new ArrayList<>())
                        .add(job.id());
            }
        }
        List<CompletableFuture<List<Object>>> replies = new ArrayList<>();
        shares.forEach((partition, ids) -> {
            Args args = args(operation, filter);
            ids.forEach(id -> {
                Reserved reserved = reservations.get(id);
                args.add(id)
                        .add(
                                reserved == null
                                        ? Reservation.FIRST
                                        : reserved.as().stamp())
                        .add(reserved == null ? 0 : reserved.since());
            });
            replies.add(server.change(Script.OPERATE, partition, args.list()));
        });
        List<List<Object>> results = server.awaitAll(replies);
        int next = 0;
        List<Partition> lettered = new ArrayList<>();
        for (Map.Entry<Partition, List<UUID>> share : shares.entrySet()) {
            List<UUID> ids = share.getValue();
            List<Object> answers = results.get(next++);
            if (Server.number(answers.get(ids.size())) == 1) {
                lettered.add(share.getKey());
            }
            for (int i = 0; i < ids.size(); i++) {
                UUID id = ids.get(i);
                byte[] answer = (byte[]) answers.get(i);
                switch (answer[0]) {
                    case 'D' -> done.add(id);
                    case 'Q' -> requested.add(id);
                    case 'N' -> {} // it went, or into a state that is not meant, since it was found
                    case 'H' -> refused.put(id, held(Unpack.id(Arrays.copyOfRange(answer, 1, 17))));
                    case 'P' -> refused.put(id, broken(Unpack.id(Arrays.copyOfRange(answer, 1, 17))));
                    default -> refused.put(id, refusal(operation, Codes.state(answer[0] - '0')));
                }
            }
        }
        done.forEach(reservations::remove);
        keys.giveBack(reservations.values().stream().map(Reserved::as).toList());
        if (!partitions.single()) {
            shares.keySet().forEach(outbox::deliverOrLeave);
        }
        letters.deliverOrLeave(lettered);
        return new OperationReport(done, requested, refused, page.next());
    }

    /** Reserves the keys of jobs that have ended where they are homed elsewhere; jobs whose keys others hold are refused. */
    private Map<UUID, Reserved> reserve(List<Looks.Found> jobs, Map<UUID, String> refused) {
        List<Reservation> wanted = new ArrayList<>();
        for (Looks.Found job : jobs) {
            JobSpec spec = job.record().spec();
            if (job.head().state().finished() && keys.abroad(spec)) {
                wanted.add(Reservation.again(spec));
            }
        }
        List<UniqueKeys.Holder> holders = keys.reserve(wanted);
        Map<UUID, Reserved> reserved = new HashMap<>();
        for (int i = 0; i < wanted.size(); i++) {
            UUID id = wanted.get(i).spec().id();
            UniqueKeys.Holder holder = holders.get(i);
            if (wanted.get(i).isHeldBy(holder)) {
                reserved.put(id, new Reserved(wanted.get(i), holder.since()));
            } else {
                refused.put(id, held(holder.job()));
            }
        }
        return reserved;
    }

    /** A reservation that was made, and when by the clock of the key's home. */
    private record Reserved(Reservation as, long since) {}

    private Args args(Operation operation, Filter filter) {
        StringBuilder states = new StringBuilder();
        filter.states().forEach(state -> states.append(Codes.of(state)));
        Args args = new Args().add(retention).add(states.length() == 0 ? ALL_STATES : states.toString());
        if (operation instanceof Operation.Cancel) {
            return args.add("cancel").add(0).add(0);
        }
        if (operation instanceof Operation.RunAgain) {
            return args.add("again").add(0).add(0);
        }
        if (operation instanceof Operation.Delete) {
            return args.add("delete").add(0).add(0);
        }
        if (operation instanceof Operation.Reprioritize change) {
            return args.add("priority").add(change.priority()).add(0);
        }
        Due due = ((Operation.Reschedule) operation).due();
        return due instanceof Due.At at
                ? args.add("due").add(Micros.of(at.instant())).add(0)
                : args.add("due")
                        .add(EnqueueArgs.delay(((Due.After) due).delay()))
                        .add(1);
    }

    private static String broken(UUID parent) {
        return "its parent " + parent
                + " did not succeed: run that again, and this one comes back by itself; if it was deleted, this one can never run";
    }

    private static String held(UUID holder) {
        return "its unique key is held by job " + holder;
    }

    private static String refusal(Operation operation, JobState state) {
        if (operation instanceof Operation.Cancel) {
            return "it is " + state + " already";
        }
        if (operation instanceof Operation.Delete) {
            return "it is " + state + ": cancel it first";
        }
        if (operation instanceof Operation.RunAgain) {
            return "it is " + state + ": only a job that has ended can be run again";
        }
        return "it is " + state + ": only a SCHEDULED or READY job can be changed";
    }
}
