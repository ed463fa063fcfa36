package dev.millrace.cli;

import dev.millrace.JobRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** What can be said of a job on the command line. */
public final class JobSettings {
    @Option(
            names = "--queue",
            paramLabel = "NAME",
            description = "The queue that it waits in; \"default\" if left out.")
    private @Nullable String queue;

    @Option(names = "--priority", paramLabel = "N", description = "-1000 to 1000; higher runs first.")
    private @Nullable Integer priority;

    @ArgGroup
    private @Nullable Start start;

    @ArgGroup
    private @Nullable Expiry expiry;

    @ArgGroup(exclusive = false)
    private @Nullable UniqueSettings unique;

    @ArgGroup
    private @Nullable GroupSettings group;

    @Option(names = "--tag", paramLabel = "TAG", description = "A word to find it by; may be repeated.")
    private List<String> tags = new ArrayList<>();

    @Option(names = "--meta", paramLabel = "NAME=VALUE", description = "What the handler may read; may be repeated.")
    private Map<String, String> meta = new LinkedHashMap<>();

    @Option(names = "--timeout", paramLabel = "TIME", description = "How long a run may take.")
    private @Nullable Duration timeout;

    @Option(names = "--attempts", paramLabel = "N", description = "How many runs there may be in all; 10 if left out.")
    private @Nullable Integer attempts;

    @Option(
            names = "--retry-delay",
            paramLabel = "TIME",
            description = "From the first failure to the next run, twice as long each time, up to 15m; 1s if left out.")
    private @Nullable Duration retryDelay;

    @Option(names = "--keep-for", paramLabel = "TIME", description = "How long to keep it once it has ended.")
    private @Nullable Duration keepFor;

    @Option(names = "--id", paramLabel = "UUID", description = "Its id, so that the command can be repeated.")
    private @Nullable UUID id;

    /** When it may run; one of the two. */
    static final class Start {
        @Option(
                names = "--in",
                paramLabel = "TIME",
                description = "Not before so long from now: 250ms, 30s, 5m, 2h, 1d.")
        private @Nullable Duration in;

        @Option(names = "--at", paramLabel = "TIME", description = "Not before this time: 2030-01-31T18:00:00Z.")
        private @Nullable Instant at;
    }

    /** Until when it is of use; one of the two. */
    static final class Expiry {
        @Option(names = "--expires-in", paramLabel = "TIME", description = "Cancelled if it has not started by then.")
        private @Nullable Duration in;

        @Option(names = "--expires-at", paramLabel = "TIME", description = "Cancelled if it has not started by then.")
        private @Nullable Instant at;
    }

    /** Whether a setting can belong to one job only. */
    boolean namesOneJob() {
        return id != null || (unique != null && unique.namesOneJob());
    }

    /** The option that can be true of one job only, where many are to be made; empty if none is given. */
    public Optional<String> ofOneJob() {
        if (id != null) {
            return Optional.of("--id");
        }
        if (start != null && start.at != null) {
            return Optional.of("--at");
        }
        return expiry != null && expiry.at != null ? Optional.of("--expires-at") : Optional.empty();
    }

    /**
     * The request with these settings.
     *
     * @throws IllegalArgumentException when the store could not keep one of them
     */
    public <R> JobRequest<R> apply(JobRequest<R> plain) {
        if (start != null && unique != null && unique.debounces()) {
            throw new IllegalArgumentException(
                    "--debounce says when it runs, which is so long after the last call: leave --in and --at out");
        }
        JobRequest<R> request = plain.tag(tags.toArray(String[]::new));
        request = queue == null ? request : request.queue(queue);
        request = priority == null ? request : request.priority(priority);
        request = unique == null ? request : request.unique(unique.rule());
        request = group == null ? request : group.apply(request);
        request = timeout == null ? request : request.timeout(timeout);
        request = keepFor == null ? request : request.keepFor(keepFor);
        request = id == null ? request : request.id(id);
        for (Map.Entry<String, String> entry : meta.entrySet()) {
            request = request.meta(entry.getKey(), entry.getValue());
        }
        if (attempts != null || retryDelay != null) {
            request = request.retry(UsualRetry.of(attempts, retryDelay));
        }
        return timed(request);
    }

    private <R> JobRequest<R> timed(JobRequest<R> plain) {
        JobRequest<R> request = plain;
        if (start != null) {
            request = start.in == null ? request : request.in(start.in);
            request = start.at == null ? request : request.at(start.at);
        }
        if (expiry != null) {
            request = expiry.in == null ? request : request.expiresIn(expiry.in);
            request = expiry.at == null ? request : request.expiresAt(expiry.at);
        }
        return request;
    }
}
