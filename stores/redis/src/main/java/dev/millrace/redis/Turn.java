package dev.millrace.redis;

import dev.millrace.spi.Exchange;
import dev.millrace.spi.Retention;
import java.util.ArrayList;
import java.util.List;

/** One call's share: a partition, its settlements (by index), its claim. */
final class Turn {
    /** How many outcomes and claims one script call takes, so that others are not kept waiting for long. */
    static final int AT_ONCE = 500;

    /** More than the calls of one exchange that claim. */
    static final int MOST_CALLS = 4_096;

    /** How many bytes of results and log lines one script call takes, about. */
    private static final long BYTES_AT_ONCE = 8 * 1_048_576;

    final Partition partition;
    final Exchange exchange;
    final List<Integer> settlements = new ArrayList<>();
    List<byte[]> claim = ClaimArgs.NONE;
    /** The queues that the claim counts. */
    List<String> counted = List.of();

    int left;

    Turn(Partition partition, Exchange exchange) {
        this.partition = partition;
        this.exchange = exchange;
    }

    boolean hasMore(boolean struckWanted) {
        return (left & 1) != 0 || (struckWanted && (left & 2) != 0);
    }

    /** Where a call that begins with this settlement ends: after so many, or so many bytes. */
    int end(int from) {
        int most = Math.min(from + AT_ONCE, settlements.size());
        long bytes = 0;
        int to = from;
        while (to < most && bytes < BYTES_AT_ONCE) {
            bytes += SettleArgs.size(exchange.settlements().get(settlements.get(to++)));
        }
        return to;
    }

    List<byte[]> args(Retention retention, List<Integer> part, List<byte[]> claiming, int call) {
        Args args = new Args()
                .add(retention)
                .add(exchange.session())
                .add(exchange.number())
                .add(exchange.number() * MOST_CALLS + call)
                .add(part.size());
        part.forEach(index -> SettleArgs.add(args, exchange.settlements().get(index)));
        claiming.forEach(args::add);
        return args.list();
    }
}
