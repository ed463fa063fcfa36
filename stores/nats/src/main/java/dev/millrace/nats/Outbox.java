package dev.millrace.nats;

import dev.millrace.spi.Verdict;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What is to be told to those who wait for a job that ended, or is unfinished again. It is told with the commit of the end itself
 * where there are few; the rest is an entry of the journal and is told by the calls that follow. Touched on the leader's thread
 * only.
 */
final class Outbox {
    private final Ties ties;
    private final Changes changes;
    private final Map<UUID, Untold> untold = new LinkedHashMap<>();

    /** Does what follows for a child once it was told. */
    interface Telling {
        /** A parent of it is unfinished again. */
        void reopened(UUID child);

        /** A parent of it has ended. */
        void ended(UUID child);
    }

    Outbox(Ties ties, Changes changes) {
        this.ties = ties;
        this.changes = changes;
    }

    /**
     * A job ended, or is unfinished again.
     *
     * @param verdict how it ended; null when it is unfinished again
     */
    void add(UUID parent, @Nullable Verdict verdict) {
        Untold known = untold.get(parent);
        if (known == null) {
            untold.put(parent, new Untold(parent, verdict));
        } else {
            known.restart(verdict);
            if (known.stored) {
                changes.touch(known);
            }
        }
    }

    boolean isEmpty() {
        return untold.isEmpty();
    }

    /** Tells children, at most so many, and writes down what is left. How many were told. */
    int deliver(int most, Telling telling) {
        int told = 0;
        while (!untold.isEmpty() && told < most) {
            Untold first = untold.values().iterator().next();
            UUID child = first.next(ties);
            if (child == null) {
                untold.remove(first.parent);
                if (first.stored) {
                    first.gone = true;
                    changes.touch(first);
                }
            } else if (tell(child, first, telling)) {
                told++;
            }
        }
        for (Untold left : untold.values()) {
            if (!left.stored) {
                left.stored = true;
                changes.touch(left);
            }
        }
        return told;
    }

    /** Whether it was not told before. */
    private boolean tell(UUID child, Untold news, Telling telling) {
        Tie tie = ties.find(child, news.parent);
        Verdict verdict = news.verdict;
        if (tie == null || tie.verdict == verdict) {
            return false;
        }
        if (tie.verdict != null) {
            ties.reopened(tie);
            telling.reopened(child);
        }
        if (verdict != null) {
            ties.ended(tie, verdict);
            telling.ended(child);
        }
        return true;
    }

    /** Takes in what a replay found. */
    void load(Untold found) {
        untold.remove(found.parent);
        if (!found.gone) {
            untold.put(found.parent, found);
        }
    }

    /** Whether something is still to be told of that job. */
    boolean tells(UUID parent) {
        return untold.containsKey(parent);
    }

    Collection<Untold> all() {
        return untold.values();
    }
}
