package dev.millrace.postgres;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The server's settings that statements of this store run under. They come with the connection, or, where a pooler hands
 * connections on, with each transaction.
 *
 * <p>What grows is found by an index, so the server's planner is told to take other ways only where there is no such way: right
 * after a bulk insert its statistics say that the table is empty, and a plan made then would read the whole of it with each
 * claim. Changes are made at the isolation level that the statements are written for, whatever the user's default is.
 */
final class Terms {
    /**
     * Waiting for a lock any longer is an error: a stranger's transaction holds it. Always sooner than the statement's end, so that
     * the error tells of the lock.
     */
    private static final long LOCK_MILLIS = 5_000;
    /** A client that is frozen within a transaction, or gone without a word, holds its locks no longer. */
    private static final long IDLE_MILLIS = 10_000;

    /** Set by the startup options alone: whoever does not find it is not on a connection that began with them. */
    private static final String MARK = "millrace.terms";

    private final Map<String, String> settings = new LinkedHashMap<>();

    private Terms() {}

    /** For calls that a worker or an application waits for. */
    static Terms hurried(Settings address) {
        long statement = address.socketTimeout().minusMillis(500).toMillis();
        return unhurried(address)
                .with("enable_seqscan", "off")
                .with("enable_bitmapscan", "off")
                .with("enable_hashjoin", "off")
                .with("enable_mergejoin", "off")
                .with("enable_sort", "off")
                .with("plan_cache_mode", "force_generic_plan")
                .with("lock_timeout", Long.toString(Math.min(LOCK_MILLIS, statement * 3 / 4)))
                .with("statement_timeout", Long.toString(statement))
                .with("idle_in_transaction_session_timeout", Long.toString(Math.min(IDLE_MILLIS, statement)));
    }

    /** For statements that read everything or take minutes, whatever the user's default allows; the planner is free there. */
    static Terms unhurried(Settings address) {
        Terms terms = new Terms()
                .with("jit", "off")
                .with("statement_timeout", "0")
                .with("lock_timeout", "0")
                .with("idle_in_transaction_session_timeout", Long.toString(IDLE_MILLIS));
        if (address.durability() != null) {
            terms.with("synchronous_commit", address.durability());
        }
        return terms;
    }

    private Terms with(String name, String value) {
        settings.put(name, value);
        return this;
    }

    /** As a connection's startup parameter {@code options}. */
    String options() {
        return settings.entrySet().stream()
                        .map(each -> "-c " + each.getKey() + "=" + each.getValue())
                        .collect(Collectors.joining(" "))
                + " -c default_transaction_isolation=read\\ committed -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5"
                + " -c tcp_keepalives_count=3 -c tcp_user_timeout=20s -c " + MARK + "=on";
    }

    /**
     * As a statement that holds until the end of its transaction, the first of which it has to be. It answers with one row. The
     * isolation level can be confirmed by it, not changed: under another it fails.
     */
    String preface() {
        return settings.entrySet().stream()
                .map(each -> "set_config('" + each.getKey() + "', '" + each.getValue() + "', true)")
                .collect(Collectors.joining(
                        ", ", "SELECT set_config('transaction_isolation', 'read committed', true), ", ";\n"));
    }

    /** Asks for the process that answers, and whether its connection began with the options. */
    static String question() {
        return "SELECT pg_backend_pid(), current_setting('" + MARK + "', true)";
    }
}
