package dev.millrace.nats;

import dev.millrace.spi.Retention;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Checks the leader's books: the indexes against the jobs, and all that is in memory against a replay of the journal. */
final class Verifying {
    private Verifying() {}

    static Supplier<?> run(Link link, Retention retention, Leader leader, Desk desk) {
        List<String> problems = Audit.of(desk.ledger());
        Map<String, byte[]> held = everything(desk);
        long end = leader.journal().lastCommit();
        return () -> {
            Shelf shelf = leader.shelf();
            Changes none = new Changes(new Draft(1, 1_024));
            Desk replayed = new Desk(retention, new ServerClock(Clock.systemUTC()), shelf, none);
            Replay.readTo(link, end, new Loading(replayed, () -> {}));
            replayed.loaded();
            List<String> all = new ArrayList<>(problems);
            Audit.of(replayed.ledger()).forEach(problem -> all.add("after a replay " + problem));
            compare(held, everything(replayed), all);
            List<Ref> refs = new ArrayList<>();
            replayed.ledger().all().forEach(job -> new Shown(job).needs(refs));
            shelf.read(refs);
            return all;
        };
    }

    private static void compare(Map<String, byte[]> held, Map<String, byte[]> replayed, List<String> problems) {
        held.forEach((name, entry) -> {
            if (!Arrays.equals(entry, replayed.remove(name))) {
                problems.add(name + " is not in the journal as it is in memory");
            }
        });
        replayed.keySet().forEach(name -> problems.add(name + " is in the journal and not in memory"));
    }

    private static Map<String, byte[]> everything(Desk desk) {
        Map<String, byte[]> all = new LinkedHashMap<>();
        desk.ledger().all().forEach(job -> all.put("job " + job.id(), bytes(job)));
        desk.ledger().sessions().values().forEach(session -> all.put("session " + session.id, bytes(session)));
        desk.notes().all().forEach(note -> all.put("note " + note.space + " " + note.key, bytes(note)));
        Flow flow = desk.ledger().flow();
        flow.ties()
                .all()
                .forEach(tie -> all.put("that job " + tie.child + " waits for " + tie.parent.job(), bytes(tie)));
        flow.limits().all().forEach(bucket -> all.put("the bucket of " + bucket.owner, bytes(bucket)));
        flow.outbox().all().forEach(untold -> all.put("what is to be told of " + untold.parent, bytes(untold)));
        return all;
    }

    private static byte[] bytes(Kept kept) {
        Out out = new Out(256);
        kept.write(out);
        return out.toBytes();
    }
}
