package dev.millrace.postgres;

import dev.millrace.spi.Finding.Severity;
import dev.millrace.spi.Findings;
import java.sql.SQLException;

/** Looks at who copies the server's log, and how far they are. */
final class Copies {
    private static final String END =
            "CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END";

    private final Sql sql;
    private final Patience patience;
    private final Findings findings;

    Copies(Sql sql, Patience patience, Findings findings) {
        this.sql = sql;
        this.patience = patience;
        this.findings = findings;
    }

    void lookAtSlots() throws SQLException {
        boolean tellsStatus = sql.exists("SELECT 1 WHERE current_setting('server_version_num')::integer >= 130000");
        sql.rows(
                "SELECT slot_name, active, coalesce(pg_wal_lsn_diff(" + END + ", restart_lsn), 0)::bigint AS held, "
                        + (tellsStatus ? "coalesce(wal_status, '')" : "''")
                        + " AS status FROM pg_replication_slots ORDER BY 3 DESC LIMIT 20",
                row -> {
                    String status = row.getString("status");
                    boolean lost = status.equals("lost") || status.equals("unreserved");
                    long held = row.getLong("held");
                    if (lost || held > patience.wal()) {
                        findings.add(
                                "pg-slot",
                                lost ? Severity.PROBLEM : Severity.WARNING,
                                "replication slot " + row.getString("slot_name") + " ("
                                        + (row.getBoolean("active") ? "in use" : "not in use") + ") holds "
                                        + Doctor.mebibytes(held) + " of log"
                                        + (lost ? ", and its state is " + status : ""),
                                "the log is kept for it until the disk is full, and with a snapshot of its own also dead rows",
                                "let its standby or subscriber catch up, or SELECT pg_drop_replication_slot('"
                                        + row.getString("slot_name") + "') if nobody needs it any more");
                    }
                    return true;
                });
    }

    void lookAtStandbys() throws SQLException {
        lookAtLag();
        lookAtWhoIsWaitedFor();
    }

    /** Whether a standby that takes over has all that was accepted, and whether one that commits wait for is there. */
    private void lookAtWhoIsWaitedFor() throws SQLException {
        String names = sql.first("SELECT current_setting('synchronous_standby_names')", row -> row.getString(1));
        boolean named = names != null && !names.isBlank();
        Long waited = sql.first(
                "SELECT count(*) FILTER (WHERE sync_state <> 'async'), count(*) FROM pg_stat_replication"
                        + " WHERE NOT pg_is_in_recovery() HAVING bool_and(sync_state IS NOT NULL) OR count(*) = 0",
                row -> (Long) (row.getLong(2) == 0 && !named ? -1 : row.getLong(1)));
        if (waited == null || waited != 0) {
            return;
        }
        if (named) {
            findings.problem(
                    "pg-standby-missing",
                    "no standby is connected that synchronous_standby_names (" + names + ") asks for",
                    "each commit with synchronous_commit=on or remote_… waits until one is: nothing is accepted or settled",
                    "start that standby; or take it out of synchronous_standby_names, and a failover may lose commits");
        } else {
            findings.note(
                    "pg-standby-asynchronous",
                    "the standbys are asynchronous",
                    "if one takes over, what it had not received is gone: jobs that were accepted, and ends of runs, which"
                            + " then run again",
                    "name one in synchronous_standby_names if accepted jobs are to survive the loss of the primary");
        }
    }

    private void lookAtLag() throws SQLException {
        sql.rows(
                "SELECT coalesce(nullif(application_name, ''), 'no name') AS name, coalesce(state, '?') AS state,"
                        + " coalesce(sync_state, '?') AS sync_state,"
                        + " coalesce(pg_wal_lsn_diff(" + END
                        + ", coalesce(replay_lsn, flush_lsn, write_lsn, sent_lsn)), 0)"
                        + "::bigint AS behind,"
                        + " coalesce(extract(epoch FROM coalesce(replay_lag, flush_lag, write_lag)), 0) AS lag"
                        + " FROM pg_stat_replication LIMIT 20",
                row -> {
                    double lag = row.getDouble("lag");
                    long behind = row.getLong("behind");
                    if (lag > Doctor.seconds(patience.lag()) || behind > patience.wal()) {
                        findings.warning(
                                "pg-standby",
                                "standby " + row.getString("name") + " (" + row.getString("state") + ", "
                                        + row.getString("sync_state") + ") is " + Doctor.span(lag) + " and "
                                        + Doctor.mebibytes(behind) + " behind",
                                "what it has not received is lost if it takes over; if it is synchronous, each commit waits for it",
                                "look at its log and its network; take a dead one out of synchronous_standby_names");
                    }
                    return true;
                });
    }
}
