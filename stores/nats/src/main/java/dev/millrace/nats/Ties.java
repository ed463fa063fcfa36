package dev.millrace.nats;

import dev.millrace.internal.flow.Dependencies;
import dev.millrace.spi.Parent;
import dev.millrace.spi.Verdict;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The dependencies of all jobs, with their entries in the journal. Touched on the leader's thread only. */
final class Ties {
    /** Room for the parents that most children have. */
    private static final int FEW = 2;

    private final Changes changes;
    private final Dependencies graph = new Dependencies();

    /** By child, then parent; those of a child in order. */
    private final Map<UUID, Map<UUID, Tie>> ties = new HashMap<>();

    Ties(Changes changes) {
        this.changes = changes;
    }

    /** Who waits for whom. Changed by way of this class. */
    Dependencies graph() {
        return graph;
    }

    /** Makes a job wait for another. A dependency that is known is left as it is. */
    void add(UUID child, Parent parent) {
        Map<UUID, Tie> ofChild = ties.computeIfAbsent(child, any -> new LinkedHashMap<>(FEW));
        if (!ofChild.containsKey(parent.job())) {
            Tie tie = new Tie(child, parent, ofChild.size());
            ofChild.put(parent.job(), tie);
            graph.add(child, parent);
            changes.touch(tie);
        }
    }

    /** Makes a workflow wait for a member that has just come. How one of the same id has ended, which was deleted, is forgotten. */
    void join(UUID head, Parent member) {
        add(head, member);
        Tie tie = Objects.requireNonNull(find(head, member.job()));
        if (tie.verdict != null) {
            tie.parent = new Parent(member.job(), member.queue(), tie.parent.wish());
            tie.verdict = null;
            graph.join(head, member);
            changes.touch(tie);
        }
    }

    /** Writes down how a parent ended. */
    void ended(Tie tie, Verdict verdict) {
        tie.verdict = verdict;
        graph.ended(tie.child, tie.parent.job(), verdict);
        changes.touch(tie);
    }

    /** Writes down that a parent is unfinished again. */
    void reopened(Tie tie) {
        tie.verdict = null;
        graph.reopened(tie.child, tie.parent.job());
        changes.touch(tie);
    }

    /** The dependency; null when there is none, since the child is gone. */
    @Nullable
    Tie find(UUID child, UUID parent) {
        return ties.getOrDefault(child, Map.of()).get(parent);
    }

    /** Those of a child, in order. */
    Collection<Tie> of(UUID child) {
        return ties.getOrDefault(child, Map.of()).values();
    }

    /** A job is gone, and what it waited for with it. */
    void forget(UUID child) {
        Map<UUID, Tie> ofChild = ties.remove(child);
        if (ofChild != null) {
            graph.forget(child);
            ofChild.values().forEach(changes::discard);
        }
    }

    /** Takes in what a replay found; {@link #loaded} ends it. */
    void load(Tie tie) {
        ties.computeIfAbsent(tie.child, any -> new LinkedHashMap<>(FEW)).put(tie.parent.job(), tie);
    }

    /** A replay found that a job was deleted: what it waited for is over, also should its id come again. */
    void unload(UUID child) {
        ties.remove(child);
    }

    /** Everything has been read: puts those of each child in order, and drops those of children that are gone. */
    void loaded(Predicate<UUID> isThere) {
        ties.keySet().removeIf(isThere.negate());
        ties.replaceAll((child, ofChild) -> {
            List<Tie> ordered = new ArrayList<>(ofChild.values());
            ordered.sort(Comparator.comparingInt(tie -> tie.place));
            Map<UUID, Tie> again = new LinkedHashMap<>(FEW);
            for (Tie tie : ordered) {
                again.put(tie.parent.job(), tie);
                graph.add(child, tie.parent);
                if (tie.verdict != null) {
                    graph.ended(child, tie.parent.job(), tie.verdict);
                }
                changes.addLive(tie.entrySize);
            }
            return again;
        });
    }

    /** All of them. */
    List<Tie> all() {
        List<Tie> all = new ArrayList<>();
        ties.values().forEach(ofChild -> all.addAll(ofChild.values()));
        return all;
    }
}
