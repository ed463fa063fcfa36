package dev.millrace.internal;

import dev.millrace.internal.stats.Totals;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.LogLine;
import dev.millrace.spi.RunRecord;
import dev.millrace.spi.Store;
import dev.millrace.spi.Transfer.ExportPage;
import dev.millrace.spi.Transfer.Item;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a store to its end, page by page. Pages shrink when items are large and grow when they are small, so that a page holds
 * about as many bytes whatever the jobs carry. Not for use by two threads at a time, but they may take turns.
 */
final class ExportReader {
    /** What a page is to hold. */
    private static final long PAGE_BYTES = 4 * 1_048_576;

    private static final int FIRST = 64;
    private static final int FEWEST = 4;
    private static final int MOST = 2_000;
    /** What an item takes beside its payload and the like. */
    private static final long ITEM_BYTES = 500;

    private final Store store;
    private @Nullable String cursor;
    private int limit = FIRST;
    private boolean ended;

    ExportReader(Store store) {
        this.store = store;
    }

    /** The next items; there may be none even before the end. */
    List<Item> next() {
        ExportPage page = store.exportPage(cursor, limit);
        cursor = page.next();
        ended = cursor == null;
        if (!page.items().isEmpty()) {
            long bytes = 0;
            for (Item item : page.items()) {
                bytes += size(item);
            }
            long fitting = PAGE_BYTES * page.items().size() / bytes;
            limit = (int) Math.max(FEWEST, Math.min(Math.min(fitting, MOST), limit * 4L));
        }
        return page.items().stream().filter(ExportReader::travels).toList();
    }

    /** What a place has done is no work of another that its jobs come to. */
    private static boolean travels(Item item) {
        return !(item instanceof Item.Noted noted && noted.note().space().equals(Totals.SPACE));
    }

    /** Whether all has been read. */
    boolean ended() {
        return ended;
    }

    private static long size(Item item) {
        if (item instanceof Item.Noted noted) {
            return ITEM_BYTES + noted.note().value().length;
        }
        Item.Job job = (Item.Job) item;
        byte[] result = job.job().result();
        long bytes = ITEM_BYTES + job.job().spec().payload().length + (result == null ? 0 : result.length);
        JobTrail trail = job.trail();
        for (LogLine line : trail.log()) {
            bytes += line.text().length();
        }
        for (byte[] step : trail.steps().values()) {
            bytes += step.length;
        }
        for (RunRecord run : trail.runs()) {
            bytes += run.failure() == null ? 0 : run.failure().stack().length();
        }
        return bytes;
    }
}
