package dev.millrace;

import java.util.Locale;

/**
 * A setting that a file or the environment may give.
 *
 * @param name as files write it: "worker.concurrency"
 * @param form what its value looks like
 * @param usual what holds when nobody gives it
 * @param meaning what it does, in a sentence
 * @param reader who reads it
 */
public record Setting(String name, Form form, String usual, String meaning, Reader reader) {

    /** What a value looks like. */
    public enum Form {
        /** A store's address. */
        ADDRESS,
        /** A length of time: 250ms, 30s, 5m, 2h, 1d. */
        TIME,
        /** A whole number. */
        NUMBER,
        /** True or false. */
        FLAG,
        /** Words with commas between. */
        LIST,
        /** Names with whole numbers, with commas between: mail=4,thumb=2. */
        COUNTS,
        /** Any text. */
        TEXT
    }

    /** Who reads a setting. */
    public enum Reader {
        /** The library and the command. */
        ALL,
        /** The command alone; the library passes it over. */
        COMMAND
    }

    /** As the environment writes it: "MILLRACE_WORKER_CONCURRENCY". */
    public String environmentName() {
        return "MILLRACE_" + name.toUpperCase(Locale.ROOT).replaceAll("[.-]", "_");
    }
}
