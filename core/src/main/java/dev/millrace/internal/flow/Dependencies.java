package dev.millrace.internal.flow;

import dev.millrace.spi.Dependency;
import dev.millrace.spi.Parent;
import dev.millrace.spi.Verdict;
import dev.millrace.spi.Wish;
import dev.millrace.spi.Wish.Judgement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The dependencies of all jobs. No step but {@link #of} and the first failure of a fan-in reads all dependencies of a job: what a
 * child still waits for is counted.
 *
 * <p>Where a method gives a {@link Judgement}, it is for a child that is BLOCKED by parents: null while it goes on waiting, {@link
 * Judgement#MET} when it waits for nothing any more, otherwise why it never can run.
 *
 * <p>Not thread-safe.
 */
public final class Dependencies {
    /** Room for the parents and children that most jobs have. */
    private static final int FEW = 2;

    private final Map<UUID, Child> children = new HashMap<>();
    /** By parent, then child. */
    private final Map<UUID, Map<UUID, Link>> parents = new HashMap<>();

    /** One dependency. */
    private static final class Link {
        Parent parent;

        @Nullable
        Verdict verdict;

        boolean waits;

        Link(Parent parent) {
            this.parent = parent;
        }

        @Nullable
        Judgement judgement() {
            return verdict == null ? null : parent.wish().judge(verdict);
        }
    }

    /** What a job waits, or waited, for. */
    private static final class Child {
        final Map<UUID, Link> links = new LinkedHashMap<>(FEW);
        int waiting;
        /** Of these, those with the wish FAILURE. */
        int failuresWaiting;

        int failuresMet;
        /** SUCCESS dependencies that are broken, and those that are not needed. */
        int broken;

        int unneeded;
        /** Whether any has the wish FAILURE. */
        boolean hopesForFailure;

        void waits(Link link, boolean now) {
            if (link.waits != now) {
                link.waits = now;
                waiting += now ? 1 : -1;
                failuresWaiting += link.parent.wish() != Wish.FAILURE ? 0 : now ? 1 : -1;
            }
        }

        /** Counts a link's judgement in, or out again. */
        void count(Link link, int change) {
            Judgement judgement = link.judgement();
            if (link.parent.wish() == Wish.SUCCESS) {
                broken += judgement == Judgement.BROKEN ? change : 0;
                unneeded += judgement == Judgement.UNNEEDED ? change : 0;
            } else if (link.parent.wish() == Wish.FAILURE) {
                failuresMet += judgement == Judgement.MET ? change : 0;
            }
        }

        @Nullable
        Judgement standing() {
            if (broken > 0) {
                return Judgement.BROKEN;
            }
            if (unneeded > 0 || (hopesForFailure && failuresWaiting == 0 && failuresMet == 0)) {
                return Judgement.UNNEEDED;
            }
            return waiting == 0 ? Judgement.MET : null;
        }
    }

    /** Makes a job wait for another. A dependency that is known is left as it is. */
    public void add(UUID child, Parent parent) {
        Child of = children.computeIfAbsent(child, any -> new Child());
        Link link = new Link(parent);
        if (of.links.putIfAbsent(parent.job(), link) == null) {
            parents.computeIfAbsent(parent.job(), any -> new LinkedHashMap<>(FEW))
                    .put(child, link);
            of.hopesForFailure |= parent.wish() == Wish.FAILURE;
            of.waits(link, parent.wish() != Wish.FAILURE || of.failuresMet == 0);
        }
    }

    /**
     * Makes a workflow wait for a member that has just come. It may know how one of the same id has ended, which was deleted: that is
     * forgotten.
     */
    public void join(UUID head, Parent member) {
        add(head, member);
        Link link = Objects.requireNonNull(
                Objects.requireNonNull(children.get(head)).links.get(member.job()));
        link.parent = new Parent(member.job(), member.queue(), link.parent.wish());
        reopened(head, member.job());
    }

    /** Writes down how a parent ended. Again, to no effect. */
    public void ended(UUID child, UUID parent, Verdict verdict) {
        Child of = children.get(child);
        Link link = of == null ? null : of.links.get(parent);
        if (of == null || link == null || link.verdict != null) {
            return;
        }
        link.verdict = verdict;
        of.count(link, 1);
        of.waits(link, false);
        if (link.parent.wish() == Wish.FAILURE && link.judgement() == Judgement.MET && of.failuresWaiting > 0) {
            of.links.values().stream()
                    .filter(other -> other.parent.wish() == Wish.FAILURE)
                    .forEach(other -> of.waits(other, false));
        }
    }

    /** Forgets how a parent ended, since it is unfinished again. */
    public void reopened(UUID child, UUID parent) {
        Child of = children.get(child);
        Link link = of == null ? null : of.links.get(parent);
        if (of == null || link == null || link.verdict == null) {
            return;
        }
        boolean wasMet = link.judgement() == Judgement.MET;
        of.count(link, -1);
        link.verdict = null;
        boolean failure = link.parent.wish() == Wish.FAILURE;
        of.waits(link, !failure || of.failuresMet == 0);
        if (failure && wasMet && of.failuresMet == 0) {
            of.links.values().stream()
                    .filter(other -> other.parent.wish() == Wish.FAILURE && other.verdict == null)
                    .forEach(other -> of.waits(other, true));
        }
    }

    /** Where a child stands that is BLOCKED by parents. A job without parents waits for nothing. */
    public @Nullable Judgement standing(UUID child) {
        Child of = children.get(child);
        return of == null ? Judgement.MET : of.standing();
    }

    /** A parent whose end has broken a child's wish; null when there is none. */
    public @Nullable UUID broken(UUID child) {
        Child of = children.get(child);
        if (of == null || of.broken == 0) {
            return null;
        }
        return of.links.values().stream()
                .filter(link -> link.parent.wish() == Wish.SUCCESS && link.judgement() == Judgement.BROKEN)
                .map(link -> link.parent.job())
                .findFirst()
                .orElse(null);
    }

    /** Whether a child waits for something, whatever else stands in its way. */
    public boolean waits(UUID child) {
        Child of = children.get(child);
        return of != null && of.waiting > 0;
    }

    /** Those that wait, or waited, for a job. */
    public List<UUID> childrenOf(UUID parent) {
        return List.copyOf(parents.getOrDefault(parent, Map.of()).keySet());
    }

    /** Whether a job is waited for, or was. */
    public boolean hasChildren(UUID parent) {
        return parents.containsKey(parent);
    }

    /** Whether a job waits for others, or did. */
    public boolean hasParents(UUID child) {
        return children.containsKey(child);
    }

    /** What a job waits, or waited, for, in order. */
    public List<Dependency> of(UUID child) {
        Child of = children.get(child);
        List<Dependency> dependencies = new ArrayList<>();
        if (of != null) {
            of.links.values().forEach(link -> dependencies.add(new Dependency(child, link.parent, link.verdict)));
        }
        return dependencies;
    }

    /** Forgets what a job waited for. Those that wait for it go on doing so. */
    public void forget(UUID child) {
        Child of = children.remove(child);
        if (of == null) {
            return;
        }
        for (UUID parent : of.links.keySet()) {
            parents.computeIfPresent(parent, (id, links) -> {
                links.remove(child);
                return links.isEmpty() ? null : links;
            });
        }
    }

    /** All jobs that wait, or waited, for others. */
    public Collection<UUID> allChildren() {
        return List.copyOf(children.keySet());
    }
}
