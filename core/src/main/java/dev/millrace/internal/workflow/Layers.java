package dev.millrace.internal.workflow;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Jobs in the order in which they can come: each layer holds those whose parents are all in the layers before it.
 *
 * @param layers parents first; within a layer in the order given
 * @param cycle empty; or some that wait for each other, the first of which is also the last. Then those in it and behind it are
 *     in no layer
 */
public record Layers<T>(List<List<T>> layers, List<T> cycle) {

    /**
     * Puts nodes into layers. Takes time in proportion to nodes and parents, and no stack.
     *
     * @param parents what a node waits for; what is not among the nodes does not count
     */
    public static <T> Layers<T> of(Collection<T> nodes, Function<T, ? extends Collection<T>> parents) {
        Set<T> all = new LinkedHashSet<>(nodes);
        Map<T, Set<T>> waiting = new LinkedHashMap<>();
        Map<T, List<T>> children = new HashMap<>();
        Map<T, Integer> open = new HashMap<>();
        List<T> free = new ArrayList<>();
        for (T node : all) {
            Set<T> known = new LinkedHashSet<>(parents.apply(node));
            known.retainAll(all);
            waiting.put(node, known);
            open.put(node, known.size());
            known.forEach(parent ->
                    children.computeIfAbsent(parent, any -> new ArrayList<>()).add(node));
            if (known.isEmpty()) {
                free.add(node);
            }
        }
        List<List<T>> layers = new ArrayList<>();
        int placed = 0;
        while (!free.isEmpty()) {
            layers.add(free);
            placed += free.size();
            List<T> next = new ArrayList<>();
            for (T node : free) {
                open.remove(node);
                for (T child : children.getOrDefault(node, List.of())) {
                    if (open.merge(child, -1, Integer::sum) == 0) {
                        next.add(child);
                    }
                }
            }
            free = next;
        }
        return new Layers<>(layers, placed == waiting.size() ? List.of() : cycle(waiting, open.keySet()));
    }

    /** Each of those left waits for another of them: whoever follows that comes round. */
    private static <T> List<T> cycle(Map<T, Set<T>> waiting, Set<T> left) {
        T node = waiting.keySet().stream().filter(left::contains).findFirst().orElseThrow();
        List<T> path = new ArrayList<>();
        Set<T> met = new HashSet<>();
        while (met.add(node)) {
            path.add(node);
            Set<T> parents = waiting.getOrDefault(node, Set.of());
            node = parents.stream().filter(left::contains).findFirst().orElseThrow();
        }
        List<T> round = new ArrayList<>(path.subList(path.indexOf(node), path.size()));
        round.add(node);
        return round;
    }
}
