package dev.millrace.redis;

import dev.millrace.spi.NewJob;
import dev.millrace.spi.Retention;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreAddress;
import dev.millrace.spi.StoreConfig;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.StoreDriver;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * A store of three partitions on the shared server, and the single scripts of which its calls are made, so that a test can leave out
 * what a caller that died would not have done.
 */
final class ThreeParts implements AutoCloseable {
    final String address = TestServer.shared().address() + "?partitions=3&prefix=parts" + UUID.randomUUID();
    final ManualClock clock = new ManualClock(Instant.now());
    final Store store;
    final StoreDriver driver;
    final Partitions partitions;
    final Server server;
    /** Queues in three partitions, of which the last is that of workflows. */
    final String one;

    final String other;
    private final EnqueueArgs args;

    ThreeParts() {
        store = open();
        driver = new StoreDriver(store, clock);
        Settings settings = Settings.of(StoreAddress.parse(address));
        partitions = new Partitions(settings.prefix(), 3);
        server = new Server(settings, new RedisErrors(settings), clock);
        UniqueKeys keys = new UniqueKeys(server, partitions);
        args = new EnqueueArgs(Retention.DEFAULT, keys, new Ties(partitions));
        Map<Integer, String> queues = new HashMap<>();
        queues.put(partitions.ofQueue(Ties.WORKFLOWS).number(), Ties.WORKFLOWS);
        for (int i = 0; queues.size() < 3; i++) {
            queues.putIfAbsent(partitions.ofQueue("q" + i).number(), "q" + i);
        }
        List<String> names = queues.values().stream()
                .filter(name -> !name.equals(Ties.WORKFLOWS))
                .toList();
        one = names.get(0);
        other = names.get(1);
    }

    /** The same store, as another process has it. */
    Store open() {
        return new RedisProvider().open(new StoreConfig(StoreAddress.parse(address), clock, Retention.DEFAULT));
    }

    Partition of(String queue) {
        return partitions.ofQueue(queue);
    }

    /** Stores a job as a caller does who dies right after. */
    void storeAndDie(JobDraft draft) {
        NewJob job = draft.newJob();
        server.call(
                Script.ENQUEUE,
                of(job.spec().queue()),
                args.of(List.of(job), List.of(0), new long[] {0}, Ties.Absence.IS_DELETION, Map.of()));
    }

    /** Makes a workflow wait for a member, as a caller does who stores it next, or dies. */
    void join(JobDraft head, JobDraft member) {
        String queue = member.spec().queue();
        List<byte[]> joining = new Args()
                .add(head.id())
                .add(member.id())
                .add(queue)
                .add(of(queue).number())
                .list();
        server.call(Script.JOIN, of(Ties.WORKFLOWS), joining);
    }

    /** Cancels a job as a caller does who dies right after. */
    void cancelAndDie(JobDraft draft) {
        List<byte[]> cancel = new Args()
                .add(Retention.DEFAULT)
                .add("0123456")
                .add("cancel")
                .add(0)
                .add(0)
                .add(draft.id())
                .add(0)
                .add(0)
                .list();
        server.call(Script.OPERATE, of(draft.spec().queue()), cancel);
    }

    /** Tells a child of its parent's news. */
    void tell(JobDraft child, JobDraft parent, long number, int verdict) {
        List<byte[]> news = new Args()
                .add(Retention.DEFAULT)
                .add(child.id())
                .add(parent.id())
                .add(number)
                .add(verdict)
                .list();
        server.call(Script.HEAR, of(child.spec().queue()), news);
    }

    /** How many letters lie in the partition of a queue. */
    long letters(String queue) {
        byte[] key = of(queue).key("letters");
        return server.await(server.send(commands -> commands.hlen(key)));
    }

    /** The number of the last news of a parent that a child has heard. */
    long heard(JobDraft child, JobDraft parent) {
        byte[] key = of(child.spec().queue()).key('p', child.id());
        Unpack in = new Unpack(server.await(server.send(commands -> commands.hget(key, Pack.id16(parent.id())))));
        in.u32();
        in.u16();
        return in.whole();
    }

    /** Asks the partition of a key's holder for the key, as a caller does who dies right after. */
    byte[] contestAndDie(JobDraft newcomer, JobDraft holder) {
        UniqueKeys.Holder found =
                new UniqueKeys.Holder(holder.id(), of(holder.spec().queue()), 0, false);
        List<Object> reply = server.call(Script.REPLACE, found.lives(), args.of(newcomer.newJob(), found));
        return (byte[]) reply.get(0);
    }

    @Override
    public void close() {
        server.close();
        store.close();
    }
}
