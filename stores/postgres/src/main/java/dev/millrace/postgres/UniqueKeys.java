package dev.millrace.postgres;

import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Who holds which unique key. A key is free when there is no row with it. */
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
            SELECT w.id, h.id FROM unnest(?::text[], ?::text[], ?::uuid[]) AS w (kind, name, id)
            CROSS JOIN LATERAL (SELECT o.id FROM @holder AS o WHERE o.kind = w.kind AND o.name = w.name OFFSET 0) AS h
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
                tx.sql.rows(HOLDERS, row -> holders.put(Sql.uuid(row, 1), Sql.uuid(row, 2)), kinds, keys, ids);
                holders.keySet().retainAll(left);
            }
            // a key that was freed between the two statements is tried again
            left.removeAll(holders.keySet());
        }
        return holders;
    }
}
