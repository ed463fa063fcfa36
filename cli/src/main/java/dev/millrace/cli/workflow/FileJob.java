package dev.millrace.cli.workflow;

import dev.millrace.JobRequest;
import dev.millrace.cli.GroupSettings;
import dev.millrace.cli.UsualRetry;
import java.time.Duration;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The options of a job in a file. */
final class FileJob {
    /** What a job may have. */
    static final Set<String> KNOWN = Set.of(
            "name",
            "kind",
            "payload",
            "queue",
            "after",
            "afterFailure",
            "afterEither",
            "priority",
            "in",
            "at",
            "expiresIn",
            "expiresAt",
            "timeout",
            "attempts",
            "retryDelay",
            "keepFor",
            "group",
            "serial",
            "strictSerial",
            "tags",
            "meta");

    private final Place place;
    private JobRequest<JsonNode> request;

    private FileJob(Place place, JobRequest<JsonNode> request) {
        this.place = place;
        this.request = request;
    }

    /**
     * The request with what is said at the place.
     *
     * @throws IllegalArgumentException when the store could not keep one of them: says where it stands
     */
    static JobRequest<JsonNode> options(Place place, JobRequest<JsonNode> plain) {
        FileJob job = new FileJob(place, plain);
        job.take("queue", Place::text, JobRequest::queue);
        job.take("priority", Place::number, JobRequest::priority);
        job.refuseBoth("in", "at");
        job.take("in", Place::duration, JobRequest::in);
        job.take("at", Place::time, JobRequest::at);
        job.refuseBoth("expiresIn", "expiresAt");
        job.take("expiresIn", Place::duration, JobRequest::expiresIn);
        job.take("expiresAt", Place::time, JobRequest::expiresAt);
        job.take("timeout", Place::duration, JobRequest::timeout);
        job.take("keepFor", Place::duration, JobRequest::keepFor);
        job.refuseBoth("group", "serial");
        job.refuseBoth("group", "strictSerial");
        job.refuseBoth("serial", "strictSerial");
        job.group();
        job.take("serial", Place::text, JobRequest::serial);
        job.take("strictSerial", Place::text, JobRequest::strictSerial);
        job.retry();
        job.labels();
        return job.request;
    }

    private <T> void take(
            String field, Function<Place, T> reader, BiFunction<JobRequest<JsonNode>, T, JobRequest<JsonNode>> option) {
        if (place.has(field)) {
            request = place.named(field, reader, value -> option.apply(request, value));
        }
    }

    /** As the command line has it, or as an object of one name and its key. */
    private void group() {
        if (!place.has("group")) {
            return;
        }
        Place group = place.child("group");
        if (group.json().isObject()) {
            if (group.json().size() != 1) {
                throw group.wrong("a job is in one group: use {\"customer\": \"7\"}");
            }
            String name = group.json().propertyNames().iterator().next();
            request = group.named(name, Place::text, key -> request.group(name, key));
        } else {
            request = place.named("group", Place::text, text -> GroupSettings.group(request, text));
        }
    }

    private void refuseBoth(String one, String other) {
        if (place.has(one) && place.has(other)) {
            throw place.wrong("\"" + one + "\" and \"" + other + "\" say the same thing: leave one out");
        }
    }

    private void retry() {
        if (place.has("attempts") || place.has("retryDelay")) {
            @Nullable
            Integer attempts = place.has("attempts") ? place.child("attempts").number() : null;
            @Nullable
            Duration delay = place.has("retryDelay") ? place.child("retryDelay").duration() : null;
            try {
                request = request.retry(UsualRetry.of(attempts, delay));
            } catch (IllegalArgumentException e) {
                throw place.wrong(String.valueOf(e.getMessage()));
            }
        }
    }

    private void labels() {
        if (place.has("tags")) {
            for (Place tag : place.child("tags").array()) {
                try {
                    request = request.tag(tag.text());
                } catch (IllegalArgumentException e) {
                    throw tag.wrong(String.valueOf(e.getMessage()));
                }
            }
        }
        if (place.has("meta")) {
            Place meta = place.child("meta");
            if (!meta.json().isObject()) {
                throw meta.wrong("this is no object: give names and texts");
            }
            for (String name : meta.json().propertyNames()) {
                request = meta.named(name, Place::text, value -> request.meta(name, value));
            }
        }
    }
}
