package dev.millrace.testkit.fault;

import dev.millrace.spi.JobRecord;
import dev.millrace.spi.Keys;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.Store;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;

/** Jobs of which only so many may run at once, by the limit of their group or since they have one unique key. */
final class Crowds {
    /** What they share, and by how many runs at once. */
    private record Crowd(String of, int most) {}

    private final Map<String, QueueLimits> limits = new HashMap<>();
    private final Map<UUID, List<Crowd>> crowds = new HashMap<>();

    Crowds(Store store) {
        store.notes(QueueLimits.SPACE)
                .forEach(note -> limits.put(
                        note.key(), Objects.requireNonNullElse(QueueLimits.decode(note.value()), QueueLimits.NONE)));
    }

    void add(JobRecord job) {
        List<Crowd> own = new ArrayList<>();
        Keys.Group group = job.spec().keys().group();
        if (group != null) {
            int slots =
                    limits.getOrDefault(job.spec().queue(), QueueLimits.NONE).slots(group);
            own.add(new Crowd(
                    "group " + group.name() + " " + group.key() + " of "
                            + job.spec().queue(),
                    slots));
        }
        String unique = job.spec().keys().uniqueKey();
        if (unique != null) {
            own.add(new Crowd("unique key " + unique, 1));
        }
        if (!own.isEmpty()) {
            crowds.put(job.id(), own);
        }
    }

    /**
     * Where there were more at once than may be.
     *
     * @param over whether the session of a run was closed, so that the run does not count any more
     */
    List<String> tooMany(Journal journal, Predicate<Started> over) {
        List<String> faults = new ArrayList<>();
        Set<String> dead = new HashSet<>();
        Map<Crowd, Set<Started>> running = new HashMap<>();
        for (String[] line : journal.lines()) {
            switch (line[0]) {
                case "K" -> dead.add(line[1]);
                case "S" -> {
                    Started run = Started.of(line);
                    for (Crowd crowd : crowds.getOrDefault(run.job(), List.of())) {
                        Set<Started> now = running.computeIfAbsent(crowd, any -> new HashSet<>());
                        now.removeIf(other -> dead.contains(other.worker()));
                        now.add(run);
                        if (now.size() > crowd.most()) {
                            now.removeIf(other -> !other.equals(run) && over.test(other));
                        }
                        if (now.size() > crowd.most()) {
                            faults.add("at once, of " + crowd + ": " + now);
                        }
                    }
                }
                case "E" -> {
                    Started run = Started.of(line);
                    for (Crowd crowd : crowds.getOrDefault(run.job(), List.of())) {
                        running.getOrDefault(crowd, new HashSet<>()).remove(run);
                    }
                }
                default -> {}
            }
        }
        return faults;
    }
}
