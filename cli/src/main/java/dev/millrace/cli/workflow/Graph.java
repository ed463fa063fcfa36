package dev.millrace.cli.workflow;

import dev.millrace.CancelReason;
import dev.millrace.JobInfo;
import dev.millrace.JobState;
import dev.millrace.Millrace;
import dev.millrace.ParentJob;
import dev.millrace.cli.look.ListCommand;
import dev.millrace.cli.out.JobJson;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.Verdict;
import dev.millrace.spi.Wish;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A workflow's jobs as they stand, with what each waits for. */
final class Graph {
    /** How many jobs' parents are asked for at once. */
    private static final int CHUNK = 500;

    private final Map<UUID, Node> nodes = new LinkedHashMap<>();

    /** That a job waits, or waited, for another. */
    record Edge(Node parent, Wish wish, @Nullable Verdict verdict) {}

    /** A job. */
    static final class Node {
        private final UUID id;
        private final String queue;
        private final @Nullable JobInfo info;
        private final Instant now;
        private final List<Edge> parents = new ArrayList<>();
        private final List<Node> children = new ArrayList<>();

        private Node(ParentJob job, Instant now) {
            this.id = job.id();
            this.queue = job.queue();
            this.info = job.info().orElse(null);
            this.now = now;
        }

        UUID id() {
            return id;
        }

        /** Its name; of one that was deleted, its id. */
        String name() {
            return info == null
                    ? id.toString()
                    : info.workflow().map(member -> member.name()).orElse(id.toString());
        }

        String kind() {
            return info == null ? "" : info.kind();
        }

        String queue() {
            return queue;
        }

        /** As screens have it; "deleted" for one that is gone. */
        String state() {
            return info == null ? "deleted" : JobJson.lower(info.state());
        }

        @Nullable
        JobState jobState() {
            return info == null ? null : info.state();
        }

        @Nullable
        Instant startedAt() {
            return info == null ? null : info.startedAt().orElse(null);
        }

        @Nullable
        Instant finishedAt() {
            return info == null ? null : info.finishedAt().orElse(null);
        }

        /** Why it was cancelled; empty where it was not. */
        Optional<CancelReason> cancelReason() {
            return info == null ? Optional.empty() : info.cancelReason();
        }

        List<Edge> parents() {
            return parents;
        }

        List<Node> children() {
            return children;
        }

        /** What keeps it, or how it came to its end; empty where the state says all. */
        String why() {
            if (info == null || info.state() == JobState.SUCCEEDED) {
                return "";
            }
            String plain = ListCommand.what(info, now);
            if (info.gate().filter(Gate.PARENTS::equals).isPresent()) {
                long open =
                        parents.stream().filter(edge -> edge.verdict() == null).count();
                return "waits for " + open + " of " + parents.size();
            }
            if (info.cancelReason().filter(CancelReason.PARENT_FAILED::equals).isPresent()) {
                return plain
                        + parents.stream()
                                .filter(edge -> edge.wish() == Wish.SUCCESS
                                        && (edge.verdict() == Verdict.FAILED || edge.verdict() == Verdict.CANCELLED))
                                .findFirst()
                                .map(edge -> ": " + edge.parent().name())
                                .orElse("");
            }
            return plain;
        }
    }

    private Graph() {}

    /** Reads it. */
    static Graph read(Millrace millrace, UUID workflow) {
        Graph graph = new Graph();
        Instant now = millrace.store().now();
        millrace.parents(workflow).stream()
                .map(job -> new Node(job, now))
                .forEach(node -> graph.nodes.put(node.id, node));
        List<UUID> ids = List.copyOf(graph.nodes.keySet());
        for (int from = 0; from < ids.size(); from += CHUNK) {
            millrace.store()
                    .parents(ids.subList(from, Math.min(ids.size(), from + CHUNK)))
                    .forEach(graph::connect);
        }
        return graph;
    }

    private void connect(Dependency dependency) {
        Node child = nodes.get(dependency.child());
        Node parent = nodes.get(dependency.parent().job());
        if (child != null && parent != null) {
            child.parents.add(new Edge(parent, dependency.parent().wish(), dependency.verdict()));
            parent.children.add(child);
        }
    }

    /** In the order in which they came. */
    List<Node> nodes() {
        return List.copyOf(nodes.values());
    }
}
