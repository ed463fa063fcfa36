package dev.millrace.postgres;

import java.sql.SQLException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the server's settings let a committed change outlive.
 *
 * @param commit the setting synchronous_commit of this store's connections
 * @param fsync whether the server waits for its disk at all
 * @param fullPageWrites whether the server can mend pages that a loss of power left half written
 * @param standbys the setting synchronous_standby_names: whom a commit waits for, beside the server's own disk; may be empty
 */
record Durability(String commit, boolean fsync, boolean fullPageWrites, String standbys) {
    private static final Logger LOG = LoggerFactory.getLogger(Durability.class);

    static Durability read(Sql sql) throws SQLException {
        return new Durability(
                show(sql, "synchronous_commit"),
                !show(sql, "fsync").equals("off"),
                !show(sql, "full_page_writes").equals("off"),
                show(sql, "synchronous_standby_names").strip());
    }

    private static String show(Sql sql, String setting) throws SQLException {
        return Objects.requireNonNull(sql.first("SHOW " + setting, row -> row.getString(1)));
    }

    /** The worst that what was committed outlives, and the settings that make it so. */
    String outlives() {
        String careless = careless();
        if (careless != null) {
            return "process death; power loss may damage everything (" + careless + "=off)";
        }
        String setting = "synchronous_commit=" + commit;
        if (commit.equals("off")) {
            return "process death; a crash of the server may take back the last commits (" + setting + ")";
        }
        if (commit.equals("local") || standbys.isEmpty()) {
            boolean inVain = commit.startsWith("remote_");
            return "power loss (" + setting + (inVain ? ", and synchronous_standby_names names no standby)" : ")");
        }
        return "power loss, and the loss of the primary (" + setting + ", synchronous_standby_names=" + standbys + ")";
    }

    /** Warns of a server on which a loss of power may end all that is stored. */
    void warn(String shown) {
        String careless = careless();
        if (careless != null) {
            LOG.warn(
                    "PostgreSQL store {}: the server runs with {}=off, so a loss of power may damage all that is stored."
                            + " Unless its data may be lost, run ALTER SYSTEM SET {} = on; SELECT pg_reload_conf()",
                    shown,
                    careless,
                    careless);
        }
    }

    private @Nullable String careless() {
        if (!fsync) {
            return "fsync";
        }
        return fullPageWrites ? null : "full_page_writes";
    }
}
