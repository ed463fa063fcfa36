package dev.millrace.redis;

import dev.millrace.spi.Claim;
import java.util.List;
import java.util.Locale;

/** A claim, as exchange.lua takes it. */
final class ClaimArgs {
    /** No claim. */
    static final List<byte[]> NONE = List.of(new byte[0]);

    private ClaimArgs() {}

    /** What the queues of a claim are. */
    enum Choice {
        /** Those to leave alone. */
        BUT,
        /** Those to take from, in order. */
        IN,
        /** As {@link #IN}; and the reply tells how much is left in each. */
        COUNTED
    }

    static List<byte[]> one(Claim.One one) {
        Args args = new Args().add("one").add(one.job()).add(one.kinds().size());
        one.kinds().forEach(args::add);
        return args.list();
    }

    /** The next jobs. */
    static List<byte[]> next(Claim.Next next, Choice choice, List<String> queues, int limit, int struck) {
        Args args = new Args()
                .add("next")
                .add(limit)
                .add(Math.max(0, struck))
                .add(next.minPriority())
                .add(choice.name().toLowerCase(Locale.ROOT))
                .add(queues.size());
        queues.forEach(args::add);
        args.add(next.kinds().size());
        next.kinds().forEach(args::add);
        return args.list();
    }
}
