package dev.millrace.cli.each;

import dev.millrace.spi.SessionRecord;
import dev.millrace.spi.Store;
import dev.millrace.spi.Sweep;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Earlier processes of the same run on this machine that were killed: what they were at need not wait for the lease, since
 * this machine knows that they are dead. Their sessions are found by name: queue, machine, process id and the process's start.
 */
final class Predecessors {
    private static final Pattern NAME = Pattern.compile("(.*)@([0-9a-f]{8}):(\\d{1,10}):(\\d{1,15})");
    private static final int LIMIT = 1_000;
    /** Two readings of a process's start may differ by as much. */
    private static final Duration START_SPREAD = Duration.ofSeconds(2);

    private final String queue;
    private final String machine;

    Predecessors(String queue) {
        this.queue = queue;
        this.machine = machine();
    }

    /** The name of this process's worker. */
    String ownName() {
        ProcessHandle self = ProcessHandle.current();
        long start = self.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
        return queue + "@" + machine + ":" + self.pid() + ":" + start;
    }

    /** Closes the sessions of the dead, and takes back what they held. */
    void bury(Store store, Duration lease) {
        boolean any = false;
        for (SessionRecord session : store.sessions()) {
            if (session.closedAt() == null && isDead(session.worker())) {
                any |= store.closeSession(session.id());
            }
        }
        if (any) {
            store.sweep(new Sweep(lease, LIMIT));
        }
    }

    private boolean isDead(String worker) {
        Matcher name = NAME.matcher(worker);
        if (!name.matches() || !name.group(1).equals(queue) || !name.group(2).equals(machine)) {
            return false;
        }
        Instant start = Instant.ofEpochMilli(Long.parseLong(name.group(4)));
        return ProcessHandle.of(Long.parseLong(name.group(3)))
                .flatMap(process -> process.info().startInstant())
                .map(other -> Duration.between(start, other).abs().compareTo(START_SPREAD) > 0)
                .orElse(true);
    }

    /**
     * This machine since its start, and this room for process ids in it (containers have their own). Where the system does not
     * tell (it is no Linux), nothing that another process would find again: then the lease decides.
     */
    private static String machine() {
        String text;
        try {
            text = Files.readString(Path.of("/proc/sys/kernel/random/boot_id"))
                    + Files.readSymbolicLink(Path.of("/proc/self/ns/pid"));
        } catch (IOException | UnsupportedOperationException e) {
            text = UUID.randomUUID().toString();
        }
        return String.format("%08x", (int) Identity.hash(text));
    }
}
