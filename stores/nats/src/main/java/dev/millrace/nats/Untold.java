package dev.millrace.nats;

import dev.millrace.spi.Verdict;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What has not been told yet to all who wait for a job. In the journal only when one commit was not enough to tell them. */
final class Untold extends Kept {
    static final int SORT = 6;

    private static final Verdict[] VERDICTS = Verdict.values();

    final UUID parent;

    /** How it ended; null when it is unfinished again. */
    @Nullable
    Verdict verdict;

    /** Whether the journal has it, or will with this commit. */
    boolean stored;

    private @Nullable List<UUID> children;
    private int next;

    Untold(UUID parent, @Nullable Verdict verdict) {
        this.parent = parent;
        this.verdict = verdict;
    }

    /** Something else is to be told: to all of them, also to those who have heard the other. */
    void restart(@Nullable Verdict other) {
        verdict = other;
        children = null;
        next = 0;
    }

    /** The next to be told; null when all were. Children that come later are told when they come. */
    @Nullable
    UUID next(Ties ties) {
        List<UUID> all = children;
        if (all == null) {
            all = ties.graph().childrenOf(parent);
            children = all;
        }
        return next == all.size() ? null : all.get(next++);
    }

    @Override
    @SuppressWarnings("EnumOrdinal") // verdicts are only ever added behind the others
    void write(Out out) {
        out.one(SORT).uuid(parent).flag(gone);
        if (!gone) {
            out.one(verdict == null ? -1 : verdict.ordinal());
        }
    }

    static Untold read(In in) {
        Untold untold = new Untold(in.uuid(), null);
        untold.gone = in.flag();
        untold.stored = true;
        if (!untold.gone) {
            int index = in.one();
            untold.verdict = index < 0 ? null : VERDICTS[index];
        }
        return untold;
    }
}
