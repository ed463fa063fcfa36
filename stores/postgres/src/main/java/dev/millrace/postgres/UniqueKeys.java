package dev.millrace.postgres;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Who holds which unique key. A key is free when there is no row with it, or one of a job that has ended and whose window is
 * over; such a row goes with the job, or when another takes the key.
 */
final class UniqueKeys {
    private static final String TAKE_KEYS = """
            WITH wanted AS (
              SELECT * FROM unnest(?::text[], ?::text[], ?::uuid[]) WITH ORDINALITY AS w (kind, name, id, place)
              ORDER BY w.kind, w.name, w.place),
            taken AS (
              INSERT INTO @holder (kind, name, id) SELECT kind, name, id FROM wanted ON CONFLICT (kind, name) DO NOTHING RETURNING id)
            SELECT id FROM taken
            """;
    private static final String HOLDERS = """
            SELECT w.id, h.id, coalesce(h.until <= ? OR h.id = w.id, false)
            FROM unnest(?::text[], ?::text[], ?::uuid[]) AS w (kind, name, id)
            CROSS JOIN LATERAL (SELECT o.id, o.until FROM @holder AS o WHERE o.kind = w.kind AND o.name = w.name OFFSET 0) AS h
            """;
    /** Of these keys, those whose window is over, and those that a job has kept since its own end. */
    private static final String FREE = """
            DELETE FROM @holder AS h USING unnest(?::text[], ?::text[], ?::uuid[]) AS w (kind, name, id)
            WHERE h.kind = w.kind AND h.name = w.name AND h.until IS NOT NULL AND (h.until <= ? OR h.id = w.id)
            """;

    private static final String OF_ENDED = """
            SELECT s.id, l.kind, s.unique_key FROM @spec AS s
            CROSS JOIN LATERAL (SELECT o.lane FROM @history AS o WHERE o.id = s.id OFFSET 0) AS h
            JOIN @lane AS l ON l.lane = h.lane
            WHERE s.id = ANY (?) AND s.unique_key IS NOT NULL
            """;

    /** How often keys that others free and take are tried for before the transaction begins anew. */
    private static final int KEY_TRIES = 100;

    private UniqueKeys() {}

    /**
     * Takes those of the keys that are free, in the order of keys, whoever takes them; a job that is ending with one of them, or
     * taking it, is waited for.
     *
     * @return the others' holders, by the job that did not get its key
     */
    static Map<UUID, UUID> take(Tx tx, String[] kinds, String[] keys, UUID[] ids) throws SQLException {
        Map<UUID, UUID> holders = new HashMap<>();
        Set<UUID> left = new HashSet<>(List.of(ids));
        for (int tries = 1; !left.isEmpty(); tries++) {
            if (tries > KEY_TRIES) {
                throw new SQLException("unique keys were taken and freed again and again", "40001");
            }
            left.removeAll(tx.sql.rows(TAKE_KEYS, row -> Sql.uuid(row, 1), kinds, keys, ids));
            if (!left.isEmpty()) {
                boolean[] free = new boolean[1];
                holders.clear();
                tx.sql.rows(
                        HOLDERS,
                        row -> {
                            boolean over = row.getBoolean(3) && left.contains(Sql.uuid(row, 1));
                            free[0] |= over;
                            if (!over) {
                                holders.put(Sql.uuid(row, 1), Sql.uuid(row, 2));
                            }
                            return true;
                        },
                        tx.now(),
                        kinds,
                        keys,
                        ids);
                holders.keySet().retainAll(left);
                if (free[0]) {
                    tx.sql.update(FREE, kinds, keys, ids, tx.now());
                    continue;
                }
            }
            // a key that was freed between the two statements is tried again
            left.removeAll(holders.keySet());
        }
        return holders;
    }

    /**
     * Takes the keys of these locked jobs, which have ended and are to go on; where several want one key, the first gets it.
     *
     * @return the others' holders, by the job that did not get its key and must not go on
     */
    static Map<UUID, UUID> reserve(Tx tx, List<Job> jobs) throws SQLException {
        UUID[] keyed = jobs.stream()
                .filter(job -> job.marked(Marks.KEY))
                .map(job -> job.id)
                .toArray(UUID[]::new);
        if (keyed.length == 0) {
            return Map.of();
        }
        record Key(String kind, String name) {}
        Map<UUID, Key> keys = new HashMap<>();
        tx.sql.rows(
                OF_ENDED,
                row -> keys.put(Sql.uuid(row, 1), new Key(Sql.textOrEmpty(row, 2), Sql.textOrEmpty(row, 3))),
                (Object) keyed);
        List<UUID> ids = new ArrayList<>();
        List<String> kinds = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (UUID id : keyed) {
            Key key = keys.get(id);
            if (key != null) {
                ids.add(id);
                kinds.add(key.kind);
                names.add(key.name);
            }
        }
        return take(tx, kinds.toArray(String[]::new), names.toArray(String[]::new), ids.toArray(UUID[]::new));
    }
}
