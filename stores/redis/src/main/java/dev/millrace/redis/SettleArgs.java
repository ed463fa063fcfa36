package dev.millrace.redis;

import dev.millrace.Progress;
import dev.millrace.spi.LogLine;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.Report;
import dev.millrace.spi.SettleAnswer;
import dev.millrace.spi.Settlement;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Outcomes and reports, as exchange.lua and beat.lua take them. */
final class SettleArgs {
    /** The lines that one message carries at most; older ones would be dropped by the log's limit anyway. */
    private static final int LINES = Report.MAX_LINES;

    private SettleArgs() {}

    static void add(Args args, Settlement settlement) {
        Outcome outcome = settlement.outcome();
        byte[] value = value(outcome);
        Progress progress = settlement.report().progress();
        List<LogLine> lines = lines(settlement.report());
        boolean started = !(outcome instanceof Outcome.HandedBack back && !back.started());
        int flags = (started ? 1 : 0) | (value == null ? 0 : 2) | (progress == null ? 0 : 4);
        args.add(new Pack(48)
                .id(settlement.run().job())
                .whole(settlement.run().token())
                .u8(Codes.of(outcome.end()))
                .u8(flags)
                .u16(lines.size())
                .whole(settlement.ran().toNanos() / 1_000)
                .whole(EnqueueArgs.delay(delay(outcome)))
                .bytes());
        if (value != null) {
            args.add(value);
        }
        if (progress != null) {
            args.add(Specs.bytes(progress));
        }
        lines.forEach(line -> args.add(Specs.bytes(line)));
    }

    /** About how many bytes it takes. */
    static long size(Settlement settlement) {
        byte[] result = settlement.outcome() instanceof Outcome.Succeeded succeeded ? succeeded.result() : null;
        long bytes = result == null ? 0 : result.length;
        for (LogLine line : settlement.report().log()) {
            bytes += line.text().length();
        }
        return bytes;
    }

    static SettleAnswer answer(byte letter) {
        return switch (letter) {
            case 'A' -> SettleAnswer.APPLIED;
            case 'R' -> SettleAnswer.ALREADY;
            default -> SettleAnswer.STALE;
        };
    }

    /** The newest lines of a report, as many as are kept. */
    static List<LogLine> lines(Report report) {
        List<LogLine> log = report.log();
        return log.size() > LINES ? log.subList(log.size() - LINES, log.size()) : log;
    }

    private static byte @Nullable [] value(Outcome outcome) {
        if (outcome instanceof Outcome.Succeeded succeeded) {
            return succeeded.result();
        }
        if (outcome instanceof Outcome.Retry retry) {
            return Specs.bytes(retry.failure());
        }
        return outcome instanceof Outcome.Failed failed ? Specs.bytes(failed.failure()) : null;
    }

    private static Duration delay(Outcome outcome) {
        if (outcome instanceof Outcome.Retry retry) {
            return retry.delay();
        }
        return outcome instanceof Outcome.Snoozed snoozed ? snoozed.delay() : Duration.ZERO;
    }
}
