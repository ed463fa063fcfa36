package dev.millrace.benchmarks.postgres;

import dev.millrace.benchmarks.Database;
import java.io.IOException;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The processes of the contestants, each started when it is first needed. */
final class Stable implements AutoCloseable {
    private final Database database;
    private final Map<String, Running> running = new HashMap<>();

    Stable(Database database) {
        this.database = database;
    }

    /** The process for full queues. */
    Running of(Contestant contestant) throws IOException, InterruptedException, SQLException {
        return started(contestant, "", contestant.command());
    }

    /**
     * A process where jobs come one by one.
     *
     * @param part what it does: each part has a process of its own
     */
    Running waiting(Contestant contestant, String part) throws IOException, InterruptedException, SQLException {
        return started(contestant, part, contestant.waiting());
    }

    private Running started(Contestant contestant, String part, List<String> command)
            throws IOException, InterruptedException, SQLException {
        String key = contestant.name() + "/" + part;
        Running there = running.get(key);
        if (there == null) {
            database.createIfMissing(contestant.database());
            List<String> whole = command.stream()
                    .map(word -> word.replace("PORT", Integer.toString(database.port()))
                            .replace("DATABASE", contestant.database()))
                    .toList();
            there = Running.start(contestant.name(), whole);
            running.put(key, there);
        }
        return there;
    }

    /** Ends the processes of one contestant; the next that is asked for is a new one. */
    void end(Contestant contestant) {
        running.entrySet().removeIf(entry -> {
            boolean its = entry.getKey().startsWith(contestant.name() + "/");
            if (its) {
                end(entry.getValue());
            }
            return its;
        });
    }

    /** Ends all processes. */
    @Override
    public void close() {
        running.values().forEach(Stable::end);
        running.clear();
    }

    private static void end(Running process) {
        try {
            process.close();
        } catch (IOException e) {
            System.err.println("a contestant's log could not be removed: " + e.getMessage());
        }
    }
}
