package dev.millrace.sqlite;

import dev.millrace.spi.StoreAddress;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;

/**
 * What a SQLite store's address says.
 *
 * @param path the database file
 * @param shown the address, for people
 * @param mode whether it may be changed
 * @param synchronous SQLite's setting of that name
 * @param busyTimeout how long to wait for another connection's write, in milliseconds
 * @param cacheSize page cache per connection as SQLite takes it: pages, or KiB if negative
 * @param mmapSize bytes of the file to map into memory
 * @param maxPageCount the most pages the file may grow to; 0 for no limit of its own
 * @param journalSizeLimit bytes that the -wal file is cut to after a checkpoint
 */
record Settings(
        Path path,
        String shown,
        Mode mode,
        Synchronous synchronous,
        int busyTimeout,
        long cacheSize,
        long mmapSize,
        long maxPageCount,
        long journalSizeLimit) {

    static final Set<String> PARAMETERS = Set.of(
            "synchronous", "busy_timeout", "cache_size", "mmap_size", "mode", "max_page_count", "journal_size_limit");

    /** Whether the store may be changed. */
    enum Mode {
        RW,
        RO
    }

    /** What an accepted job survives. The number is SQLite's own. */
    enum Synchronous {
        OFF(0, "process death; a power loss or a crash of the system may corrupt the file (synchronous=OFF)"),
        NORMAL(
                1,
                "process death; a power loss or a crash of the system may take back the last commits (synchronous=NORMAL)"),
        FULL(2, "power loss (synchronous=FULL)"),
        EXTRA(3, "power loss (synchronous=EXTRA)");

        final int number;
        final String durability;

        Synchronous(int number, String durability) {
            this.number = number;
            this.durability = durability;
        }
    }

    static Settings of(StoreAddress address) {
        String location = address.location();
        if (location.isBlank() || location.startsWith(":")) {
            throw new IllegalArgumentException(
                    "\"" + address.shown() + "\" names no file: write sqlite:jobs.db or sqlite:/path/jobs.db."
                            + " For jobs that live in memory only there is the store \"memory:\"");
        }
        if (location.startsWith("//")) {
            location = location.substring(2);
        }
        return new Settings(
                Path.of(location).toAbsolutePath().normalize(),
                address.shown(),
                choice(address, "mode", Mode.RW),
                choice(address, "synchronous", Synchronous.FULL),
                (int) address.number("busy_timeout", 30_000, 0, Integer.MAX_VALUE),
                address.number("cache_size", -65_536, Integer.MIN_VALUE, Integer.MAX_VALUE),
                address.number("mmap_size", 0, 0, Long.MAX_VALUE),
                address.number("max_page_count", 0, 1, 4_294_967_294L),
                address.number("journal_size_limit", 64L << 20, 0, Long.MAX_VALUE));
    }

    private static <E extends Enum<E>> E choice(StoreAddress address, String name, E otherwise) {
        String text = address.parameter(name).orElse(null);
        if (text == null) {
            return otherwise;
        }
        StringBuilder known = new StringBuilder();
        for (E value : otherwise.getDeclaringClass().getEnumConstants()) {
            if (value.name().equalsIgnoreCase(text)) {
                return value;
            }
            String shown = name.equals("mode") ? value.name().toLowerCase(Locale.ROOT) : value.name();
            known.append(known.length() == 0 ? "" : ", ").append(shown);
        }
        throw new IllegalArgumentException(
                name + "=" + text + " in \"" + address.shown() + "\" is not known: use one of " + known);
    }
}
