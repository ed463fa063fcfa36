package dev.millrace.nats;

import dev.millrace.spi.Parent;
import dev.millrace.spi.Verdict;
import dev.millrace.spi.Wish;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** That one job waits, or waited, for another: an entry of its own, so that no end rewrites what a child waits for besides. */
final class Tie extends Kept {
    static final int SORT = 5;

    private static final Wish[] WISHES = Wish.values();
    private static final Verdict[] VERDICTS = Verdict.values();

    final UUID child;
    Parent parent;

    /** Its place among those of the child. */
    final int place;

    /** How the parent ended, as the child was told; null while it has not. */
    @Nullable
    Verdict verdict;

    Tie(UUID child, Parent parent, int place) {
        this.child = child;
        this.parent = parent;
        this.place = place;
    }

    @Override
    @SuppressWarnings("EnumOrdinal") // wishes and verdicts are only ever added behind the others
    void write(Out out) {
        out.one(SORT).uuid(child).uuid(parent.job()).text(parent.queue());
        out.one(parent.wish().ordinal()).number(place).one(verdict == null ? -1 : verdict.ordinal());
    }

    static Tie read(In in) {
        UUID child = in.uuid();
        Parent parent = new Parent(in.uuid(), in.text(), WISHES[in.one()]);
        Tie tie = new Tie(child, parent, in.small());
        int index = in.one();
        tie.verdict = index < 0 ? null : VERDICTS[index];
        return tie;
    }
}
