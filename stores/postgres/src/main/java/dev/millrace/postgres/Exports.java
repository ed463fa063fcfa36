package dev.millrace.postgres;

import dev.millrace.StoreException;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.Notes.Note;
import dev.millrace.spi.Transfer.ExportPage;
import dev.millrace.spi.Transfer.Item;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Export in order of arrival, notes last. The cursor is "job" or "note" and how far that part has been read. Arrival numbers are
 * read in windows, which an index of ranges finds without an entry for each job; a window with few jobs left in it is followed
 * by one twice as wide.
 */
final class Exports {
    private static final String WINDOW = "SELECT seq, id FROM (SELECT seq, id FROM @job WHERE seq > ? AND seq <= ?"
            + " UNION ALL SELECT seq, id FROM @history WHERE seq > ? AND seq <= ?) AS w ORDER BY seq LIMIT ?";

    private Exports() {}

    static ExportPage page(Tx tx, @Nullable String cursor, int limit) throws SQLException {
        String[] parts = (cursor == null ? "job:0" : cursor).split(":", 3);
        try {
            return parts[0].equals("job")
                    ? jobs(tx, Long.parseLong(parts[1]), limit)
                    : notes(tx, new ArrayList<>(), decoded(parts[1]), decoded(parts[2]), limit);
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            throw new StoreException(
                    "\"" + cursor + "\" is no cursor of this store's export: begin again without one", e);
        }
    }

    private static ExportPage jobs(Tx tx, long after, int limit) throws SQLException {
        record Row(long seq, UUID id) {}
        Long last = tx.sql.first("SELECT last_value FROM @arrival", row -> (Long) row.getLong(1));
        List<Row> rows = List.of();
        long width = 2L * limit;
        for (long from = after; rows.size() < limit && last != null && from <= last; from += width, width *= 2) {
            rows = new ArrayList<>(rows);
            rows.addAll(tx.sql.rows(
                    WINDOW,
                    row -> new Row(row.getLong(1), Sql.uuid(row, 2)),
                    from,
                    from + width,
                    from,
                    from + width,
                    limit - rows.size()));
        }
        UUID[] ids = rows.stream().map(Row::id).toArray(UUID[]::new);
        Map<UUID, JobRecord> records = Records.read(tx.sql, tx.lanes(), ids);
        Map<UUID, JobTrail> trails = ids.length == 0 ? Map.of() : Looks.trails(tx.sql, ids);
        Map<UUID, List<Dependency>> parents =
                DependencyRows.of(tx.sql, List.of(ids)).stream().collect(Collectors.groupingBy(Dependency::child));
        List<Item> items = new ArrayList<>(rows.size());
        for (Row row : rows) {
            JobRecord job = records.get(row.id);
            if (job != null) {
                items.add(new Item.Job(
                        job, trails.getOrDefault(row.id, JobTrail.EMPTY), parents.getOrDefault(row.id, List.of())));
            }
        }
        return rows.size() < limit
                ? notes(tx, items, "", "", limit)
                : new ExportPage(items, "job:" + rows.get(limit - 1).seq);
    }

    /** Fills the page with notes, after the one that was read last: however often notes are rewritten, none is passed over. */
    private static ExportPage notes(Tx tx, List<Item> items, String space, String name, int limit) throws SQLException {
        int room = limit - items.size();
        List<Item.Noted> notes = tx.sql.rows(
                """
                SELECT space, name, value, revision, expires - ? FROM @note
                WHERE (space, name) > (?, ?) AND (expires IS NULL OR expires > ?) ORDER BY space, name LIMIT ?
                """,
                row -> {
                    Long left = Sql.longOrNull(row, 5);
                    return new Item.Noted(
                            NotesTable.read(row), left == null ? null : Duration.of(left, ChronoUnit.MICROS));
                },
                tx.now(),
                space,
                name,
                tx.now(),
                room);
        items.addAll(notes);
        if (notes.size() < room) {
            return new ExportPage(items, null);
        }
        Note last = notes.get(notes.size() - 1).note();
        return new ExportPage(items, cursor(last.space(), last.key()));
    }

    private static String cursor(String space, String name) {
        return "note:" + encoded(space) + ":" + encoded(name);
    }

    private static String encoded(String text) {
        return Base64.getUrlEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String decoded(String text) {
        return new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
    }
}
