package dev.millrace.postgres;

import java.sql.SQLException;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * By what a store is known again over a connection of somebody else's: a random number that lies in it, and the database's name,
 * since a copy of a database has the same number.
 *
 * @param database the database's name
 * @param number the store's; null where it could not be given one
 */
record Identity(String database, @Nullable Long number) {
    private static final String NUMBER = "SELECT value FROM @meta WHERE name = 'store'";
    private static final Logger LOG = LoggerFactory.getLogger(Identity.class);

    /** Reads it on a connection of the store's own. A store that has no number is given one, now and for good. */
    static Identity read(Sql sql) throws SQLException {
        Identity identity = look(sql);
        if (identity.number != null) {
            return identity;
        }
        try {
            sql.update(
                    "INSERT INTO @meta (name, value) VALUES ('store', ?) ON CONFLICT (name) DO NOTHING",
                    ThreadLocalRandom.current().nextLong());
        } catch (SQLException e) {
            LOG.debug("the store has no number yet, and this user cannot give it one: {}", e.toString());
            return identity;
        }
        return look(sql);
    }

    /** Reads it on any connection without an error where there is no store; null then. */
    static @Nullable Identity find(Sql sql) throws SQLException {
        boolean present = sql.exists(
                "SELECT 1 FROM pg_catalog.pg_class WHERE oid = to_regclass(?)",
                sql.names().once("@meta"));
        return present ? look(sql) : null;
    }

    private static Identity look(Sql sql) throws SQLException {
        return Objects.requireNonNull(sql.first(
                "SELECT current_database(), (" + NUMBER + ")",
                row -> new Identity(Sql.textOrEmpty(row, 1), Sql.longOrNull(row, 2))));
    }

    /** Whether both are surely one store. */
    boolean same(@Nullable Identity other) {
        return number != null && equals(other);
    }
}
