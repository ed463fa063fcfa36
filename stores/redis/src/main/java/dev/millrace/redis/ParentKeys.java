package dev.millrace.redis;

import dev.millrace.JobState;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import dev.millrace.spi.MissingParentException;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Parent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Unique keys of jobs for which others of the same call wait, where there are several partitions: no script sees all of it, so whether
 * the parent will be stored is asked before anything is changed. What is in one partition is the enqueuing script's business.
 */
final class ParentKeys {
    private final Server server;
    private final Partitions partitions;
    private final UniqueKeys keys;

    ParentKeys(Server server, Partitions partitions, UniqueKeys keys) {
        this.server = server;
        this.partitions = partitions;
        this.keys = keys;
    }

    /**
     * Asks whether the keys can be had; changes nothing.
     *
     * @throws MissingParentException when a parent will not be stored
     */
    void check(List<NewJob> jobs, @Nullable Answer[] answers) {
        Map<UUID, UUID> children = children(jobs, answers);
        Map<Partition, List<JobSpec>> asked = new LinkedHashMap<>();
        for (int i = 0; i < jobs.size(); i++) {
            JobSpec spec = jobs.get(i).spec();
            if (answers[i] == null
                    && children.containsKey(spec.id())
                    && spec.keys().unique() != null) {
                asked.computeIfAbsent(partitions.of(Specs.unique(spec)), any -> new ArrayList<>())
                        .add(spec);
            }
        }
        List<JobSpec> specs = new ArrayList<>();
        List<CompletableFuture<List<Object>>> replies = new ArrayList<>();
        asked.forEach((home, wanted) -> {
            Args args = new Args();
            wanted.forEach(spec -> args.add(spec.id()).add(Ties.rule(spec)).add(Specs.unique(spec)));
            specs.addAll(wanted);
            replies.add(server.look(Script.HELD, home, args.list()));
        });
        List<Object> found =
                server.awaitAll(replies).stream().flatMap(List::stream).toList();
        for (int i = 0; i < specs.size(); i++) {
            UUID child = children.get(specs.get(i).id());
            if (child != null && !passes((byte[]) found.get(i))) {
                throw new MissingParentException(child, specs.get(i).id());
            }
        }
    }

    /** Whether a job may have its key, or will find out that it may. */
    private boolean passes(byte[] reply) {
        if (reply.length == 0 || reply[0] == 'O') {
            return true;
        }
        if (reply[0] != 'C') {
            return false;
        }
        Unpack in = new Unpack(reply);
        in.u8();
        UUID holder = in.id();
        byte[] key = partitions.get(in.u16()).key('h', holder);
        byte[] head = server.await(server.send(commands -> commands.get(key)));
        return head != null && Head.of(head).state() == JobState.RUNNING;
    }

    /**
     * Gives reservations back if a parent has turned out not to be stored after all.
     *
     * @throws MissingParentException when that is so
     */
    void refuse(List<NewJob> jobs, @Nullable Answer[] answers) {
        Map<UUID, UUID> children = children(jobs, answers);
        for (int i = 0; i < jobs.size(); i++) {
            UUID child = children.get(jobs.get(i).spec().id());
            if (child != null && (answers[i] instanceof Answer.Duplicate || answers[i] instanceof Answer.Replaced)) {
                keys.giveBack(IntStream.range(0, jobs.size())
                        .filter(at -> answers[at] == null)
                        .mapToObj(at -> jobs.get(at).spec())
                        .filter(keys::abroad)
                        .map(Reservation::first)
                        .toList());
                throw new MissingParentException(child, jobs.get(i).spec().id());
            }
        }
    }

    /** Jobs that another of these waits for which is to be stored, with that other. */
    private Map<UUID, UUID> children(List<NewJob> jobs, @Nullable Answer[] answers) {
        Map<UUID, UUID> children = new HashMap<>();
        if (partitions.single()) {
            return children;
        }
        for (int i = 0; i < jobs.size(); i++) {
            if (answers[i] == null) {
                JobSpec spec = jobs.get(i).spec();
                for (Parent parent : jobs.get(i).parents()) {
                    children.putIfAbsent(parent.job(), spec.id());
                }
                Keys.Member member = spec.keys().member();
                if (member != null && Ties.isMember(spec)) {
                    children.putIfAbsent(member.workflow(), spec.id());
                }
            }
        }
        return children;
    }
}
