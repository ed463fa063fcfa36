package dev.millrace.redis;

import dev.millrace.JobState;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Verdict;
import dev.millrace.spi.Wish;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Checks what ties jobs to others: who waits for whom, who holds which slot. */
final class FlowVerifier {
    private static final int ORDER = 19;

    private final Server server;
    private final Map<UUID, Looks.Found> jobs = new HashMap<>();
    private final List<String> problems;

    FlowVerifier(Server server, List<Looks.Found> all, List<String> problems) {
        this.server = server;
        this.problems = problems;
        all.forEach(job -> jobs.put(job.id(), job));
    }

    void check(List<Partition> partitions) {
        partitions.forEach(this::letters);
        partitions.forEach(this::groups);
        List<Looks.Found> tied =
                jobs.values().stream().filter(job -> job.head().has(Head.FLOW)).toList();
        Map<UUID, List<Parentage.Link>> links = new LinkedHashMap<>();
        for (Looks.Found job : tied) {
            links.put(job.id(), new Parentage(server, job.partition(), job.id()).links(server));
        }
        Map<UUID, Set<UUID>> known = new HashMap<>();
        tied.forEach(job -> links.getOrDefault(job.id(), List.of()).forEach(link -> {
            check(job, link);
            if (link.known()) {
                known.computeIfAbsent(link.dependency().parent().job(), any -> new HashSet<>())
                        .add(job.id());
            }
        }));
        tied.forEach(job -> counts(job, links.getOrDefault(job.id(), List.of())));
        tied.forEach(job -> strangers(job, links.getOrDefault(job.id(), List.of())));
        tied.forEach(this::member);
        jobs.values().forEach(job -> kids(job, known.getOrDefault(job.id(), Set.of())));
    }

    private void letters(Partition partition) {
        Map<String, Long> kinds = new HashMap<>();
        server.await(server.send(commands -> commands.hkeys(partition.key("letters"))))
                .forEach(letter -> kinds.merge(String.valueOf((char) letter[0]), 1L, Long::sum));
        // Parents of imported jobs may still come.
        kinds.remove("r");
        if (!kinds.isEmpty()) {
            problems.add("partition " + partition.number() + " has letters that were not delivered: " + kinds);
        }
    }

    private void groups(Partition partition) {
        Map<String, Long> holding = new HashMap<>();
        Map<String, Set<UUID>> lines = new HashMap<>();
        for (Looks.Found job : jobs.values()) {
            JobSpec spec = job.record().spec();
            Keys.Group group = spec.keys().group();
            if (!job.partition().equals(partition) || group == null) {
                continue;
            }
            String name = latin(Ties.group(spec.queue(), group));
            JobState state = job.head().state();
            boolean holds = job.head().has(Head.HOLDS);
            boolean has = state == JobState.READY || state == JobState.RUNNING;
            if (holds != has && !(holds && group.strict() && state == JobState.SCHEDULED)) {
                problems.add("job " + job.id() + " is " + state + ", and " + (holds ? "holds" : "does not hold")
                        + " a slot of its group");
            }
            if (holds) {
                holding.merge(name, 1L, Long::sum);
            }
            if (job.head().gate() == Gate.GROUP) {
                lines.computeIfAbsent(name, any -> new HashSet<>()).add(job.id());
            }
        }
        Map<String, Long> held = new HashMap<>();
        server.await(server.send(commands -> commands.hgetall(partition.key("held"))))
                .forEach((name, count) -> held.put(latin(name), Long.parseLong(Unpack.utf8(count))));
        differ("slots held in partition " + partition.number(), held, holding);
        Map<String, Set<UUID>> waiting = new HashMap<>();
        for (byte[] name : server.await(server.send(commands -> commands.zrange(partition.key("gated"), 0, -1)))) {
            byte[] line = new Pack(64).raw(partition.key("a:")).raw(name).bytes();
            Set<UUID> ids = new HashSet<>();
            server.await(server.send(commands -> commands.zrange(line, 0, -1)))
                    .forEach(member -> ids.add(Unpack.id(Arrays.copyOfRange(member, ORDER, ORDER + 16))));
            waiting.put(latin(name), ids);
        }
        differ("lines of groups in partition " + partition.number(), waiting, lines);
    }

    private void differ(String what, Object is, Object should) {
        if (!is.equals(should)) {
            problems.add(what + ": " + is + " instead of " + should);
        }
    }

    private void check(Looks.Found job, Parentage.Link link) {
        Dependency dependency = link.dependency();
        Looks.Found parent = jobs.get(dependency.parent().job());
        String of = "job " + job.id() + " has heard " + dependency.verdict() + " of parent "
                + dependency.parent().job();
        if (parent == null) {
            if (dependency.verdict() == null && link.known()) {
                problems.add(of + ", which is gone");
            }
        } else if (dependency.verdict() != verdict(parent) && link.known()) {
            problems.add(of + ", which is " + parent.head().state());
        } else if (!link.known()) {
            problems.add("job " + job.id() + " is not known to its parent " + parent.id());
        }
    }

    private static @Nullable Verdict verdict(Looks.Found parent) {
        JobRecord record = parent.record();
        return record.state().finished() ? Verdict.of(record.state(), record.cancelReason()) : null;
    }

    private void counts(Looks.Found job, List<Parentage.Link> links) {
        int[] should = new int[7];
        for (Parentage.Link link : links) {
            Verdict verdict = link.dependency().verdict();
            Wish wish = link.dependency().parent().wish();
            Wish.@Nullable Judgement judgement = verdict == null ? null : wish.judge(verdict);
            boolean hopes = wish == Wish.FAILURE;
            should[0] += !hopes && verdict == null ? 1 : 0;
            should[1] += hopes ? 1 : 0;
            should[2] += hopes && verdict == null ? 1 : 0;
            should[3] += hopes && judgement == Wish.Judgement.MET ? 1 : 0;
            should[4] += wish == Wish.SUCCESS && judgement == Wish.Judgement.BROKEN ? 1 : 0;
            should[5] += wish == Wish.SUCCESS && judgement == Wish.Judgement.UNNEEDED ? 1 : 0;
            should[6] += link.known() ? 0 : 1;
        }
        byte[] key = job.partition().key('p', job.id());
        byte[] kept = server.await(server.send(commands -> commands.hget(key, Pack.utf8("c"))));
        int[] is = new int[7];
        if (kept != null) {
            Unpack in = new Unpack(kept);
            in.u32();
            for (int i = 0; i < is.length; i++) {
                is[i] = in.u32();
            }
        }
        if (!Arrays.equals(is, should)) {
            problems.add("job " + job.id() + " counts its parents as " + Arrays.toString(is) + " instead of "
                    + Arrays.toString(should));
        }
        boolean waits = should[0] > 0 || (should[2] > 0 && should[3] == 0);
        if (job.head().gate() == Gate.PARENTS && !waits) {
            problems.add("job " + job.id() + " is BLOCKED by parents, and waits for none");
        }
    }

    /** Parents that do not know of a job are kept apart as well, so that they are found without reading all. */
    private void strangers(Looks.Found job, List<Parentage.Link> links) {
        Set<String> should = new HashSet<>();
        for (Parentage.Link link : links) {
            if (!link.known()) {
                should.add(stranger(link.dependency().parent().job(), link.home()));
            }
        }
        Set<String> is = new HashSet<>();
        server.await(server.send(commands -> commands.smembers(job.partition().key('m', job.id()))))
                .forEach(entry -> {
                    Unpack in = new Unpack(entry);
                    is.add(stranger(in.id(), in.u16()));
                });
        differ("parents that do not know of job " + job.id(), is, should);
    }

    private static String stranger(UUID parent, int home) {
        return parent + " in partition " + home;
    }

    private void member(Looks.Found job) {
        JobRecord record = job.record();
        Keys.Member member = record.spec().keys().member();
        if (member == null || !record.state().finished() || record.times().keepUntil() != null) {
            return;
        }
        Looks.Found head = jobs.get(member.workflow());
        if (head == null || head.head().state().finished()) {
            problems.add("job " + job.id() + " is kept for a workflow that has ended");
        }
    }

    private void kids(Looks.Found job, Set<UUID> should) {
        if (!job.head().has(Head.KIDS) && should.isEmpty()) {
            return;
        }
        CompletableFuture<List<byte[]>> here =
                server.send(commands -> commands.zrange(job.partition().key('c', job.id()), 0, -1));
        CompletableFuture<List<byte[]>> elsewhere =
                server.send(commands -> commands.zrange(job.partition().key('y', job.id()), 0, -1));
        List<byte[]> members = new ArrayList<>(server.await(here));
        members.addAll(server.await(elsewhere));
        Set<UUID> is = new HashSet<>();
        members.forEach(kid -> is.add(Unpack.id(Arrays.copyOf(kid, 16))));
        differ("children of job " + job.id(), is, should);
    }

    private static String latin(byte[] name) {
        return new String(name, StandardCharsets.ISO_8859_1);
    }
}
