package dev.millrace.cli;

import dev.millrace.JobQuery;
import dev.millrace.JobState;
import dev.millrace.Millrace;
import dev.millrace.cli.out.JobJson;
import dev.millrace.cli.out.Moments;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options by which jobs are chosen; all that are given must hold. */
public final class JobFilter {
    @Option(
            names = "--state",
            split = ",",
            paramLabel = "STATE",
            completionCandidates = StateNames.class,
            description =
                    "In this state: ready, scheduled, blocked, running, succeeded, failed, cancelled. Several: a,b.")
    private List<String> states = new ArrayList<>();

    @Option(names = "--queue", paramLabel = "NAME", description = "In this queue.")
    private @Nullable String queue;

    @Option(names = "--kind", paramLabel = "NAME", description = "Of this kind.")
    private @Nullable String kind;

    @Option(names = "--tag", paramLabel = "TAG", description = "With this tag.")
    private @Nullable String tag;

    @Option(names = "--group", paramLabel = "KEY", description = "With this serial or group key.")
    private @Nullable String group;

    @Option(
            names = "--since",
            paramLabel = "TIME",
            description = "Ended, or enqueued if unfinished, no longer ago (1h) or no earlier (an ISO time).")
    private @Nullable String since;

    @Option(
            names = "--older-than",
            paramLabel = "TIME",
            description = "Ended, or enqueued if unfinished, longer ago (7d) or before (an ISO time).")
    private @Nullable String olderThan;

    /** The states as they are typed. */
    static final class StateNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Arrays.stream(JobState.values()).map(JobJson::lower).iterator();
        }
    }

    /** Whether an age is given that the jobs must have. */
    public boolean hasAge() {
        return olderThan != null;
    }

    /** Whether no option is given. */
    public boolean isEmpty() {
        return states.isEmpty()
                && queue == null
                && kind == null
                && tag == null
                && group == null
                && since == null
                && olderThan == null;
    }

    /** The states that are named. */
    public Set<JobState> states() {
        EnumSet<JobState> found = EnumSet.noneOf(JobState.class);
        for (String text : states) {
            found.add(Arrays.stream(JobState.values())
                    .filter(state -> state.name().equalsIgnoreCase(text.strip()))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("\"" + text + "\" is no state: use one of "
                            + Arrays.stream(JobState.values())
                                    .map(JobJson::lower)
                                    .collect(Collectors.joining(", ")))));
        }
        return found;
    }

    /** The jobs that are meant, in the states that are named or else in {@code otherwise}; empty for any. */
    public JobQuery query(Millrace millrace, Set<JobState> otherwise) {
        JobQuery query = millrace.jobs();
        Set<JobState> wanted = states.isEmpty() ? otherwise : states();
        if (!wanted.isEmpty()) {
            JobState[] all = wanted.toArray(JobState[]::new);
            query = query.state(all[0], Arrays.copyOfRange(all, 1, all.length));
        }
        query = queue == null ? query : query.queue(queue);
        query = kind == null ? query : query.kind(kind);
        query = tag == null ? query : query.tag(tag);
        query = group == null ? query : query.group(group);
        query = since == null ? query : query.since(past(since, millrace));
        return olderThan == null ? query : query.before(past(olderThan, millrace));
    }

    private static Instant past(String text, Millrace millrace) {
        InstantSource clock = millrace.store()::now;
        return Moments.parsePast(text, clock);
    }
}
