package dev.millrace.sqlite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which processes hold SQLite's locks, by Linux's table of locks; empty on other systems and where it cannot be read. SQLite locks
 * bytes of the -shm file: one for the writer, five for readers, of which the first are those that need nothing of the log.
 */
final class FileLocks {
    private static final Path TABLE = Path.of("/proc/locks");
    private static final int WRITER = 120;
    private static final int FIRST_READER = 124;
    private static final int LAST_READER = 127;

    /** "1: POSIX  ADVISORY  WRITE 1234 08:02:131 120 120"; a waiting one has an arrow behind its number. */
    private static final Pattern LOCK =
            Pattern.compile("\\d+: POSIX +\\S+ +(\\w+) +(\\d+) +\\w+:\\w+:(\\d+) +(\\d+) +(\\d+)");

    private final Path memory;

    /** @param memory the -shm file */
    FileLocks(Path memory) {
        this.memory = memory;
    }

    /** Processes that are writing. */
    Set<Long> writers() {
        return held("WRITE", WRITER, WRITER).getOrDefault(WRITER, new TreeSet<>());
    }

    /** Processes that read, by the byte that they lock, and need something of the log for it. */
    Map<Integer, Set<Long>> readers() {
        return held("READ", FIRST_READER, LAST_READER);
    }

    private Map<Integer, Set<Long>> held(String sort, int from, int to) {
        Map<Integer, Set<Long>> held = new TreeMap<>();
        try {
            String file = String.valueOf(Files.getAttribute(memory, "unix:ino"));
            for (String line : Files.readAllLines(TABLE)) {
                Matcher lock = LOCK.matcher(line.strip());
                if (lock.matches()
                        && lock.group(1).equals(sort)
                        && lock.group(3).equals(file)) {
                    int first = Integer.parseInt(lock.group(4));
                    for (int at = Math.max(first, from); at <= Math.min(Integer.parseInt(lock.group(5)), to); at++) {
                        held.computeIfAbsent(at, any -> new TreeSet<>()).add(Long.parseLong(lock.group(2)));
                    }
                }
            }
        } catch (IOException | IllegalArgumentException | UnsupportedOperationException e) {
            return new TreeMap<>();
        }
        return held;
    }

    /** "process 17 (/usr/bin/sqlite3), this process". */
    static String named(Collection<Long> processes) {
        List<String> names = new ArrayList<>();
        for (long pid : processes) {
            String program = ProcessHandle.of(pid)
                    .flatMap(process -> process.info().command())
                    .map(command -> " (" + command + ")")
                    .orElse("");
            names.add(pid == ProcessHandle.current().pid() ? "this process" : "process " + pid + program);
        }
        return String.join(", ", names);
    }
}
