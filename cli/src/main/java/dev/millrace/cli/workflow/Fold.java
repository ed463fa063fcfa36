package dev.millrace.cli.workflow;

import dev.millrace.spi.Wish;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A graph with siblings that are alike as one: jobs of one kind, in one state, that wait for the same and are waited for by the same.
 * What is left can be read: a fan of ten thousand is a line or two.
 */
final class Fold {
    /** Fewer are shown one by one. */
    private static final int LEAST = 3;

    private static final int NAMED = 2;

    private final Map<Graph.Node, Group> groups = new HashMap<>();
    private final List<Group> all = new ArrayList<>();

    /** Jobs that are alike, or one. */
    static final class Group {
        private final List<Graph.Node> nodes = new ArrayList<>();
        private final List<Group> below = new ArrayList<>();
        private int layer;
        private @Nullable Group above;

        Graph.Node first() {
            return nodes.get(0);
        }

        List<Graph.Node> nodes() {
            return nodes;
        }

        /** Those that are drawn below this one. */
        List<Group> below() {
            return below;
        }

        /** As in "4 × extract-1 … extract-4". */
        String label() {
            return nodes.size() == 1
                    ? first().name()
                    : nodes.size() + " × " + first().name() + " … "
                            + nodes.get(nodes.size() - 1).name();
        }
    }

    private record Alike(String kind, String state, Map<Graph.Node, Wish> parents, Set<Graph.Node> children) {}

    Fold(Graph graph) {
        Map<Alike, List<Graph.Node>> alike = new LinkedHashMap<>();
        for (Graph.Node node : graph.nodes()) {
            Map<Graph.Node, Wish> parents = new HashMap<>();
            node.parents().forEach(edge -> parents.put(edge.parent(), edge.wish()));
            alike.computeIfAbsent(
                            new Alike(node.kind(), node.state(), parents, new HashSet<>(node.children())),
                            any -> new ArrayList<>())
                    .add(node);
        }
        for (List<Graph.Node> nodes : alike.values()) {
            if (nodes.size() < LEAST) {
                nodes.forEach(node -> group(List.of(node)));
            } else {
                group(nodes);
            }
        }
        place(graph);
    }

    private void group(List<Graph.Node> nodes) {
        Group group = new Group();
        group.nodes.addAll(nodes);
        nodes.forEach(node -> groups.put(node, group));
        all.add(group);
    }

    private Group of(Graph.Node node) {
        return Objects.requireNonNull(groups.get(node));
    }

    /** Each is drawn below the one that it waits for longest: the first of those in the last layer before its own. */
    private void place(Graph graph) {
        Map<Graph.Node, Integer> open = new HashMap<>();
        List<Graph.Node> free = new ArrayList<>();
        for (Graph.Node node : graph.nodes()) {
            open.put(node, node.parents().size());
            if (node.parents().isEmpty()) {
                free.add(node);
            }
        }
        for (int i = 0; i < free.size(); i++) {
            Graph.Node node = free.get(i);
            Group group = of(node);
            for (Graph.Edge edge : node.parents()) {
                Group parent = of(edge.parent());
                if (group.above == null || parent.layer > group.above.layer) {
                    group.above = parent;
                }
                group.layer = Math.max(group.layer, parent.layer + 1);
            }
            for (Graph.Node child : node.children()) {
                if (open.merge(child, -1, Integer::sum) == 0) {
                    free.add(child);
                }
            }
        }
        for (Group group : all) {
            if (group.above != null) {
                group.above.below.add(group);
            }
        }
    }

    /** Those that wait for nothing. */
    List<Group> roots() {
        return all.stream().filter(group -> group.above == null).toList();
    }

    /** What a group waits for, apart from that the one above it succeeds. */
    String after(Group group) {
        Map<Group, Wish> wishes = new LinkedHashMap<>();
        group.first().parents().forEach(edge -> wishes.putIfAbsent(of(edge.parent()), edge.wish()));
        List<String> words = new ArrayList<>();
        Wish above = group.above == null ? null : wishes.remove(group.above);
        if (above == Wish.FAILURE || above == Wish.END) {
            words.add(above == Wish.FAILURE ? "its failure" : "its end");
        }
        wishes.entrySet().stream()
                .limit(NAMED)
                .map(entry -> "and " + word(entry.getValue()) + entry.getKey().label())
                .forEach(words::add);
        if (wishes.size() > NAMED) {
            words.add("and " + (wishes.size() - NAMED) + " more");
        }
        return String.join(" ", words);
    }

    private static String word(Wish wish) {
        return switch (wish) {
            case SUCCESS -> "";
            case FAILURE -> "failure of ";
            case END -> "end of ";
        };
    }
}
