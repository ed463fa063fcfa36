package dev.millrace.sqlite;

import dev.millrace.spi.LayoutPlan;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The tables, and the steps from each version of them to the next.
 *
 * <p>The queue may live inside an application's own database file, so all names begin with {@code millrace_}, and the version
 * is kept in {@code millrace_meta}, not in the file's header, which belongs to the application.
 *
 * <p>A job is one narrow row of {@code millrace_job} that three statements write: enqueue, claim and settle. Whatever a plain
 * job does not have lies in tables beside it, and the job's {@link Marks} say which of them to look into. Numbers for states
 * are those of {@link Codes}. Queries name the index that they need: a planner with statistics (an application may run ANALYZE
 * on its file) was seen to choose another, and then settling took a hundred times as long. The indexes:
 *
 * <ul>
 *   <li>{@code ready} and {@code struck}: the lanes, one per queue and kind, that claims merge
 *   <li>{@code running}: what a session holds
 *   <li>{@code scheduled}, {@code expiry}, {@code kept}: what falls due, expires, or may be deleted
 *   <li>{@code rare}: jobs in the states that people list, by id
 * </ul>
 *
 * <p>What flow control needs lies apart, so that plain jobs pay for none of it: dependencies in {@code millrace_parent}, groups in
 * use in {@code millrace_group}, their blocked jobs in the order of admission in {@code millrace_waiting}, and what is still to be
 * done for other jobs in {@code millrace_outbox} ({@link Outbox}).
 *
 * <p>A partial index costs each change of a job the check of its predicate, so predicates are kept to comparisons: {@code state
 * IN (0, 1, 5, 6)} in place of {@code state < 2 OR state > 4} was measured to cost as much as all the rest of a claim.
 */
final class Schema {
    /** The version that this library writes. */
    static final int VERSION = 2;

    private static final String FIRST = """
            CREATE TABLE millrace_lane (
              lane INTEGER PRIMARY KEY,
              queue TEXT NOT NULL,
              kind TEXT NOT NULL,
              UNIQUE (queue, kind)
            ) STRICT;
            CREATE TABLE millrace_count (
              state INTEGER NOT NULL,
              lane INTEGER NOT NULL,
              n INTEGER NOT NULL,
              PRIMARY KEY (state, lane)
            ) STRICT, WITHOUT ROWID;
            CREATE TABLE millrace_session (
              sid INTEGER PRIMARY KEY,
              id BLOB NOT NULL UNIQUE,
              worker TEXT NOT NULL,
              status TEXT NOT NULL,
              opened INTEGER NOT NULL,
              heard INTEGER NOT NULL,
              closed INTEGER,
              command TEXT
            ) STRICT;
            CREATE INDEX millrace_session_closed ON millrace_session (closed);
            CREATE TABLE millrace_job (
              seq INTEGER PRIMARY KEY,
              id BLOB NOT NULL,
              lane INTEGER NOT NULL,
              state INTEGER NOT NULL,
              marks INTEGER NOT NULL DEFAULT 0,
              priority INTEGER NOT NULL,
              due INTEGER NOT NULL,
              token INTEGER NOT NULL DEFAULT 0,
              attempt INTEGER NOT NULL DEFAULT 0,
              snoozes INTEGER NOT NULL DEFAULT 0,
              rescues INTEGER NOT NULL DEFAULT 0,
              session INTEGER,
              exchange INTEGER,
              created INTEGER NOT NULL,
              started INTEGER,
              finished INTEGER,
              keep_until INTEGER,
              ended INTEGER,
              reason INTEGER,
              failed INTEGER,
              expires INTEGER,
              keep_for INTEGER,
              options TEXT,
              payload BLOB,
              result BLOB
            ) STRICT;
            CREATE UNIQUE INDEX millrace_job_id ON millrace_job (id);
            CREATE INDEX millrace_job_ready ON millrace_job (lane, priority DESC, due) WHERE state = 2 AND rescues = 0;
            CREATE INDEX millrace_job_struck ON millrace_job (lane, priority DESC, due) WHERE state = 2 AND rescues > 0;
            CREATE INDEX millrace_job_running ON millrace_job (session) WHERE state = 3;
            CREATE INDEX millrace_job_scheduled ON millrace_job (due) WHERE state = 1;
            CREATE INDEX millrace_job_expiry ON millrace_job (expires) WHERE expires IS NOT NULL AND state < 3;
            CREATE INDEX millrace_job_kept ON millrace_job (state, keep_until) WHERE keep_until IS NOT NULL;
            CREATE INDEX millrace_job_rare ON millrace_job (state, id) WHERE state < 2 OR state > 4;
            CREATE TABLE millrace_payload (
              seq INTEGER PRIMARY KEY,
              payload BLOB NOT NULL
            ) STRICT;
            CREATE TABLE millrace_spec (
              seq INTEGER PRIMARY KEY,
              labels BLOB NOT NULL,
              unique_key TEXT,
              group_key TEXT,
              group_limit INTEGER
            ) STRICT;
            CREATE TABLE millrace_tag (
              tag TEXT NOT NULL,
              id BLOB NOT NULL,
              PRIMARY KEY (tag, id)
            ) STRICT, WITHOUT ROWID;
            CREATE TABLE millrace_unique (
              kind TEXT NOT NULL,
              name TEXT NOT NULL,
              id BLOB NOT NULL,
              PRIMARY KEY (kind, name)
            ) STRICT, WITHOUT ROWID;
            CREATE TABLE millrace_run (
              seq INTEGER NOT NULL,
              token INTEGER NOT NULL,
              attempt INTEGER NOT NULL,
              worker TEXT NOT NULL,
              started INTEGER NOT NULL,
              finished INTEGER NOT NULL,
              ended INTEGER,
              type TEXT,
              message TEXT,
              stack TEXT,
              PRIMARY KEY (seq, token)
            ) STRICT, WITHOUT ROWID;
            CREATE TABLE millrace_log (
              seq INTEGER NOT NULL,
              line INTEGER NOT NULL,
              at INTEGER NOT NULL,
              text TEXT NOT NULL,
              PRIMARY KEY (seq, line)
            ) STRICT, WITHOUT ROWID;
            CREATE TABLE millrace_progress (
              seq INTEGER PRIMARY KEY,
              done INTEGER NOT NULL,
              total INTEGER NOT NULL,
              message TEXT NOT NULL
            ) STRICT;
            CREATE TABLE millrace_step (
              seq INTEGER NOT NULL,
              name TEXT NOT NULL,
              value BLOB NOT NULL,
              PRIMARY KEY (seq, name)
            ) STRICT, WITHOUT ROWID;
            CREATE TABLE millrace_tombstone (
              id BLOB PRIMARY KEY,
              until INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX millrace_tombstone_until ON millrace_tombstone (until);
            CREATE TABLE millrace_note (
              space TEXT NOT NULL,
              name TEXT NOT NULL,
              value BLOB NOT NULL,
              revision INTEGER NOT NULL,
              expires INTEGER,
              PRIMARY KEY (space, name)
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX millrace_note_expires ON millrace_note (expires) WHERE expires IS NOT NULL;
            """;

    /**
     * Flow control. Keys are kept as one text; {@code unique_key} and {@code group_key} stay as what jobs are found by. A group's
     * key of the first version held nobody back; its jobs count as those of a group of one at a time from now on, and those that are
     * READY or RUNNING hold its slot.
     */
    private static final String SECOND = """
            ALTER TABLE millrace_spec ADD COLUMN keys TEXT;
            ALTER TABLE millrace_unique ADD COLUMN until INTEGER;
            CREATE INDEX millrace_unique_until ON millrace_unique (until) WHERE until IS NOT NULL;
            CREATE TABLE millrace_parent (
              child BLOB NOT NULL,
              place INTEGER NOT NULL,
              parent BLOB NOT NULL,
              queue TEXT NOT NULL,
              wish INTEGER NOT NULL,
              verdict INTEGER,
              PRIMARY KEY (child, place)
            ) STRICT, WITHOUT ROWID;
            CREATE UNIQUE INDEX millrace_parent_children ON millrace_parent (parent, child);
            CREATE INDEX millrace_parent_standing ON millrace_parent (child, wish, verdict);
            CREATE TABLE millrace_delay (
              seq INTEGER PRIMARY KEY,
              delay INTEGER NOT NULL
            ) STRICT;
            CREATE TABLE millrace_group (
              gid INTEGER PRIMARY KEY,
              queue TEXT NOT NULL,
              name TEXT NOT NULL,
              key TEXT NOT NULL,
              held INTEGER NOT NULL DEFAULT 0,
              full_at INTEGER NOT NULL DEFAULT 0,
              UNIQUE (queue, name, key)
            ) STRICT;
            CREATE INDEX millrace_group_idle ON millrace_group (full_at) WHERE held = 0;
            CREATE TABLE millrace_waiting (
              gid INTEGER NOT NULL,
              rank INTEGER NOT NULL,
              due INTEGER NOT NULL,
              seq INTEGER NOT NULL,
              PRIMARY KEY (gid, rank, due, seq)
            ) STRICT, WITHOUT ROWID;
            CREATE TABLE millrace_bucket (
              queue TEXT PRIMARY KEY,
              full_at INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID;
            CREATE TABLE millrace_outbox (
              work INTEGER NOT NULL,
              target ANY NOT NULL,
              at INTEGER NOT NULL,
              verdict INTEGER,
              cursor ANY,
              PRIMARY KEY (work, target)
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX millrace_outbox_at ON millrace_outbox (at);
            UPDATE millrace_job SET marks = marks | CASE WHEN state BETWEEN 2 AND 3 THEN 1536 ELSE 512 END
              WHERE marks & 4 <> 0 AND seq IN (SELECT seq FROM millrace_spec WHERE group_key IS NOT NULL);
            INSERT INTO millrace_group (queue, name, key, held)
              SELECT l.queue, 'serial', s.group_key, count(*) FROM millrace_spec AS s
              JOIN millrace_job AS j ON j.seq = s.seq JOIN millrace_lane AS l ON l.lane = j.lane
              WHERE s.group_key IS NOT NULL AND j.state BETWEEN 2 AND 3 GROUP BY l.queue, s.group_key;
            """;

    /** Each brings the layout of the version before it to the version that is its key. */
    private static final TreeMap<Integer, List<String>> STEPS =
            new TreeMap<>(Map.of(1, statements(FIRST), 2, statements(SECOND)));

    private Schema() {}

    /** Creates or migrates the tables; runs in a write transaction of its own. */
    static void migrate(Statements sql, SqliteErrors errors) throws SQLException {
        if (version(sql) == VERSION) {
            return;
        }
        sql.run("BEGIN IMMEDIATE");
        try {
            for (String statement : steps(check(sql, errors), VERSION)) {
                sql.run(statement);
            }
            sql.run("COMMIT");
        } catch (SQLException | RuntimeException e) {
            sql.run("ROLLBACK");
            throw e;
        }
    }

    /** What opening a file with this version of the layout would do to it, as a script for the {@code sqlite3} shell. */
    static LayoutPlan layout(int version) {
        String script = version >= VERSION
                ? ""
                : "BEGIN IMMEDIATE;\n" + String.join(";\n", steps(version, VERSION)) + ";\nCOMMIT;\n";
        return new LayoutPlan(version, VERSION, script);
    }

    /** The statements that bring the layout from one version to a later one. */
    static List<String> steps(int version, int later) {
        List<String> statements = new ArrayList<>();
        statements.add(
                "CREATE TABLE IF NOT EXISTS millrace_meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT,"
                        + " WITHOUT ROWID");
        STEPS.subMap(version, false, later, true).values().forEach(statements::addAll);
        statements.add("INSERT OR REPLACE INTO millrace_meta VALUES ('schema', " + later + ")");
        return statements;
    }

    /** Refuses a layout that this version of the library does not know. */
    static int check(Statements sql, SqliteErrors errors) throws SQLException {
        int version = version(sql);
        if (version > VERSION) {
            throw errors.lasting("has layout " + version + ", and this Millrace knows layouts up to " + VERSION
                    + ". It was left as it is. Use the newer Millrace that wrote it");
        }
        return version;
    }

    /** 0 for a file without a queue. */
    static int version(Statements sql) throws SQLException {
        boolean known =
                sql.number("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'millrace_meta'") > 0;
        return known ? (int) sql.number("SELECT value FROM millrace_meta WHERE name = 'schema'") : 0;
    }

    private static List<String> statements(String script) {
        return List.of(script.strip().split(";\\s*\\R"));
    }
}
