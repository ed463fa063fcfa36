package dev.millrace.redis;

import dev.millrace.spi.Claim;
import java.util.List;

/** A claim, as exchange.lua takes it. */
final class ClaimArgs {
    /** No claim. */
    static final List<byte[]> NONE = List.of(new byte[0]);

    private ClaimArgs() {}

    static List<byte[]> one(Claim.One one) {
        Args args = new Args().add("one").add(one.job()).add(one.kinds().size());
        one.kinds().forEach(args::add);
        return args.list();
    }

    /**
     * The next jobs.
     *
     * @param but whether the queues are those to leave alone, or those to take from, in order
     */
    static List<byte[]> next(Claim.Next next, boolean but, List<String> queues, int limit, int struck) {
        Args args = new Args()
                .add("next")
                .add(limit)
                .add(Math.max(0, struck))
                .add(next.minPriority())
                .add(but ? "but" : "in")
                .add(queues.size());
        queues.forEach(args::add);
        args.add(next.kinds().size());
        next.kinds().forEach(args::add);
        return args.list();
    }
}
