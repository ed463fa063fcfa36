package dev.millrace.postgres;

import dev.millrace.spi.LayoutPlan;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The steps from each version of the layout to the next, and what brings a database from the version that it has to the last.
 *
 * <p>All steps that are missing are one transaction. Workers of the version before may be at work meanwhile, so a step must need
 * no lock for long (a column that may be null, a new table, an index of a small table), and it waits for no lock for long
 * either: whoever came after it would wait behind it. It gives way, and tries again.
 */
final class Schema {
    /**
     * One step.
     *
     * @param version that it leads to, from the one before
     * @param usableFrom the oldest version of the library that can work with the layout then, so that two may run side by side
     * @param script in SQL, tables written as {@code @job}
     */
    record Step(int version, int usableFrom, String script) {}

    /**
     * The layout of this version of the library. Who knows the first alone is kept from the second: it would end jobs that others
     * wait for, and jobs with groups, without a word to anybody.
     */
    static final Schema CURRENT =
            new Schema(List.of(new Step(1, 1, Tables.FIRST), new Step(2, 2, FlowTables.SECOND)), Duration.ofMinutes(1));

    private static final int LOCK_MILLIS = 200;
    private static final String LOCK = "SELECT pg_advisory_xact_lock(hashtext('millrace'), hashtext('%s'));\n";
    private static final String PATIENCE = "SET LOCAL lock_timeout = " + LOCK_MILLIS;

    private final List<Step> steps;
    private final Duration patience;

    /**
     * Steps in the order of their versions, the first of which is 1.
     *
     * @param patience how long to try for the locks of a step
     */
    Schema(List<Step> steps, Duration patience) {
        this.steps = List.copyOf(steps);
        this.patience = patience;
    }

    /** The version that this library writes. */
    int version() {
        return last().version;
    }

    private Step last() {
        return steps.get(steps.size() - 1);
    }

    /** The version of the layout, or null where there is none. */
    private static @Nullable Integer present(Sql sql) throws SQLException {
        boolean known = sql.exists(
                "SELECT 1 FROM pg_catalog.pg_class WHERE oid = to_regclass(?)",
                sql.names().once("@meta"));
        return known
                ? sql.first("SELECT value FROM @meta WHERE name = 'schema'", row -> (Integer) row.getInt(1))
                : null;
    }

    /** Whether there is a layout that this version can work with; refuses one that it cannot work with. */
    boolean ready(Sql sql, PostgresErrors errors) throws SQLException {
        Integer present = present(sql);
        check(sql, present, errors);
        return present != null && present >= version();
    }

    /**
     * Creates or migrates the tables. Of many processes that do so at once, one does and the others wait for it. The
     * connection is for this alone.
     */
    void migrate(Sql sql, String schema, PostgresErrors errors) throws SQLException {
        sql.connection().setAutoCommit(false);
        try {
            sql.rows("SELECT pg_advisory_xact_lock(hashtext('millrace'), hashtext(?))", row -> true, schema);
            Integer present = present(sql);
            check(sql, present, errors);
            if (present == null || present < version()) {
                apply(sql, scripts(sql, present, schema), errors);
            }
            sql.connection().commit();
        } catch (SQLException e) {
            Calls.rollBack(sql.connection(), e);
            if (PostgresErrors.forbidden(e)) {
                throw errors.mayNotMigrate(text(sql, "current_database()"), e);
            }
            throw e;
        } catch (RuntimeException e) {
            Calls.rollBack(sql.connection(), e);
            throw e;
        }
    }

    /** The others wait at the advisory lock, so that it is one at most who makes workers wait, and for a moment at a time. */
    private void apply(Sql sql, List<String> scripts, PostgresErrors errors) throws SQLException {
        long end = System.nanoTime() + patience.toNanos();
        sql.run(PATIENCE);
        while (true) {
            Savepoint before = sql.connection().setSavepoint();
            try {
                for (String script : scripts) {
                    sql.run(script);
                }
                return;
            } catch (SQLException e) {
                if (!PostgresErrors.locked(e)) {
                    throw e;
                }
                sql.connection().rollback(before);
                if (System.nanoTime() - end > 0) {
                    throw errors.heldUp(patience, e);
                }
            }
            rest(errors);
        }
    }

    /** Lets those go on that had to wait. */
    private static void rest(PostgresErrors errors) {
        try {
            TimeUnit.MILLISECONDS.sleep(ThreadLocalRandom.current().nextLong(LOCK_MILLIS, 5 * LOCK_MILLIS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw errors.lasting(
                    "was not opened: interrupted while its layout was brought up to date. Nothing was changed");
        }
    }

    /**
     * What {@link #migrate} would do, as a script for psql, and the rights that the user who asks needs afterwards; changes
     * nothing.
     */
    LayoutPlan layout(Sql sql, String schema, PostgresErrors errors) throws SQLException {
        Integer present = present(sql);
        check(sql, present, errors);
        if (present != null && present >= version()) {
            return new LayoutPlan(present, version(), "");
        }
        StringBuilder script = new StringBuilder("BEGIN;\n").append(LOCK.formatted(schema.replace("'", "''")));
        if (present != null) {
            script.append(
                            "-- waits for no lock for long, or others would wait behind it; where it fails, run it again\n")
                    .append(PATIENCE)
                    .append(";\n");
        }
        for (String each : scripts(sql, present, schema)) {
            script.append(sql.names().once(each.strip().replaceFirst(";$", ""))).append(";\n");
        }
        script.append("-- what the user of the address needs who printed this\n");
        grants(schema, text(sql, "current_user"))
                .forEach(grant -> script.append(grant).append(";\n"));
        return new LayoutPlan(
                present == null ? 0 : present,
                version(),
                script.append("COMMIT;\n").toString());
    }

    private static String text(Sql sql, String expression) throws SQLException {
        return Objects.requireNonNull(sql.first("SELECT " + expression, row -> row.getString(1)));
    }

    /** The rights with which a user can do everything but bring the layout up to date and vacuum. */
    static List<String> grants(String schema, String user) {
        String in = " IN SCHEMA " + Sql.Names.quoted(schema);
        String to = " TO " + Sql.Names.quoted(user);
        return List.of(
                "GRANT USAGE ON SCHEMA " + Sql.Names.quoted(schema) + to,
                "GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES" + in + to,
                "GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES" + in + to);
    }

    /** What brings the layout from this version, null for none, to the last one. */
    private List<String> scripts(Sql sql, @Nullable Integer from, String schema) throws SQLException {
        List<String> scripts = new ArrayList<>();
        if (from == null) {
            // asked first: CREATE SCHEMA IF NOT EXISTS takes the right to create one even where there is one
            if (!sql.exists("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = ?", schema)) {
                scripts.add("CREATE SCHEMA " + Sql.Names.quoted(schema));
            }
            scripts.add("CREATE TABLE @meta (name text COLLATE \"C\" PRIMARY KEY, value bigint NOT NULL)");
        }
        for (Step step : steps) {
            if (from == null || step.version > from) {
                scripts.add(step.script);
            }
        }
        scripts.add("INSERT INTO @meta (name, value) VALUES ('schema', " + version() + "), ('usable_from', "
                + last().usableFrom + ") ON CONFLICT (name) DO UPDATE SET value = excluded.value");
        return scripts;
    }

    /** Refuses a layout that this version of the library cannot work with. */
    private void check(Sql sql, @Nullable Integer present, PostgresErrors errors) throws SQLException {
        if (present != null && present > version()) {
            Integer from =
                    sql.first("SELECT value FROM @meta WHERE name = 'usable_from'", row -> (Integer) row.getInt(1));
            if (from != null && from <= version()) {
                return;
            }
            throw errors.lasting("has layout " + present + ", and this Millrace knows layouts up to " + version()
                    + ". It was left as it is. Use the newer Millrace that wrote it");
        }
    }
}
