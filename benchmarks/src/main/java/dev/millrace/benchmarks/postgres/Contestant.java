package dev.millrace.benchmarks.postgres;

import java.util.List;
import java.util.Locale;

/**
 * A queue that is measured.
 *
 * @param name what the table calls it
 * @param settings how it is set, in a few words
 * @param role what it is compared as
 * @param history what becomes of jobs that have ended
 * @param jobs how many jobs fill its queue, in a full run
 * @param command starts its process; the server's port stands in it as {@code PORT}, the name of its database as
 *     {@code DATABASE}
 * @param waiting starts its process where jobs come one by one, if that is set otherwise
 * @param rows the rows that it takes part in
 */
record Contestant(
        String name,
        String settings,
        Role role,
        History history,
        int jobs,
        List<String> command,
        List<String> waiting,
        List<String> rows) {

    /** What a figure is compared as. */
    enum Role {
        OURS,
        /** The bare engine: what the rest is measured against. */
        RAW,
        /** The same, in another form, that no ratio is taken to. */
        RAW_TOO,
        PEER
    }

    /** What becomes of jobs that have ended. */
    enum History {
        KEPT,
        DELETED
    }

    /** The name of its database. */
    String database() {
        return "b_" + name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_");
    }

    boolean takesPart(String row) {
        return rows.contains(row);
    }
}
