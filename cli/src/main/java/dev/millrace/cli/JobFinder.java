package dev.millrace.cli;

import dev.millrace.JobInfo;
import dev.millrace.Millrace;
import dev.millrace.cli.out.JobJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Finds jobs by their ids or by any part of one that no other has. UUIDv7 of one time begin alike and end differently, so the
 * end is the part to give.
 */
public final class JobFinder {
    private static final int LEAST = 4;
    private static final int FULL = 36;
    private static final int NAMED = 5;
    /** How far back a part is looked for. */
    private static final int NEWEST = 200_000;

    private final Millrace millrace;

    public JobFinder(Millrace millrace) {
        this.millrace = millrace;
    }

    /**
     * The job that is meant.
     *
     * @throws Refusal when there is none, or several fit
     * @throws IllegalArgumentException when it is no part of an id, or too short
     */
    public JobInfo find(String text) {
        return find(text, job -> true, (one, other) -> false);
    }

    /**
     * A job that is meant, where some stand for the same.
     *
     * @param meant whether it can be; others are found only where none can
     * @param same whether it does not matter which of two is found
     * @throws Refusal when there is none, or several fit that are not the same
     * @throws IllegalArgumentException when it is no part of an id, or too short
     */
    public JobInfo find(String text, Predicate<JobInfo> meant, BiPredicate<JobInfo, JobInfo> same) {
        String part = text.toLowerCase(Locale.ROOT);
        if (!part.matches("[0-9a-f-]+") || part.length() > FULL) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is no job's id: an id is like 0197a3c2-…, and a part of it will do");
        }
        if (part.length() == FULL) {
            Optional<JobInfo> exact = millrace.job(uuid(part));
            return exact.orElseThrow(() -> new Refusal("there is no job " + part
                    + ": it may have been deleted after its time, or be in another store (this is "
                    + address() + ")"));
        }
        if (part.length() < LEAST) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is too short: give at least " + LEAST + " characters of the id");
        }
        return only(text, matches(part, meant, same));
    }

    /** As {@link StoreChoice#openToLook} was told: it opens the store to be read. */
    private String address() {
        return millrace.store().info().address().replaceFirst("[?&]mode=ro$", "");
    }

    private static UUID uuid(String text) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("\"" + text + "\" is no job's id: it has the wrong form", e);
        }
    }

    private List<JobInfo> matches(String part, Predicate<JobInfo> meant, BiPredicate<JobInfo, JobInfo> same) {
        List<JobInfo> found = new ArrayList<>();
        List<JobInfo> others = new ArrayList<>();
        for (JobInfo job : millrace.jobs().limit(NEWEST)) {
            if (!job.id().toString().contains(part)) {
                continue;
            }
            if (!meant.test(job)) {
                others.add(job);
            } else if (found.stream().noneMatch(other -> same.test(other, job))) {
                found.add(job);
            }
            if (found.size() > NAMED) {
                break;
            }
        }
        return found.isEmpty() ? others : found;
    }

    private JobInfo only(String text, List<JobInfo> found) {
        if (found.isEmpty()) {
            throw new Refusal("no job's id has \"" + text + "\" in it (looked at the newest " + NEWEST + " in "
                    + address() + "): see millrace list");
        }
        if (found.size() > 1) {
            String some = found.stream()
                    .limit(NAMED)
                    .map(job -> job.id() + " (" + job.kind() + ", " + JobJson.lower(job.state()) + ")")
                    .collect(Collectors.joining(", "));
            throw new Refusal("several jobs have \"" + text + "\" in their ids, give more of it: " + some
                    + (found.size() > NAMED ? ", …" : ""));
        }
        return found.get(0);
    }
}
