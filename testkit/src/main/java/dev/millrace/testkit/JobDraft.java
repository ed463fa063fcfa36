package dev.millrace.testkit;

import dev.millrace.spi.Due;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Labels;
import dev.millrace.spi.NewJob;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A job to be stored by a test; begins at {@link Jobs}. Each method gives a changed copy with the same id. */
public record JobDraft(JobSpec spec, Due due, @Nullable Due expiry) {

    public UUID id() {
        return spec.id();
    }

    /** What {@link dev.millrace.spi.Intake#enqueue} takes. */
    public NewJob newJob() {
        return new NewJob(spec, due, expiry);
    }

    public JobDraft queue(String name) {
        return spec(new JobSpec(
                spec.id(),
                spec.kind(),
                name,
                spec.priority(),
                spec.payload(),
                spec.options(),
                spec.labels(),
                spec.keys(),
                spec.keepFor()));
    }

    public JobDraft payload(byte[] bytes) {
        return spec(new JobSpec(
                spec.id(),
                spec.kind(),
                spec.queue(),
                spec.priority(),
                bytes,
                spec.options(),
                spec.labels(),
                spec.keys(),
                spec.keepFor()));
    }

    public JobDraft priority(int priority) {
        return spec(spec.withPriority(priority));
    }

    public JobDraft options(String options) {
        return spec(spec.withOptions(options));
    }

    public JobDraft tag(String tag) {
        Set<String> tags = new HashSet<>(spec.labels().tags());
        tags.add(tag);
        return spec(spec.withLabels(new Labels(tags, spec.labels().meta())));
    }

    public JobDraft meta(String name, String value) {
        Map<String, String> meta = new HashMap<>(spec.labels().meta());
        meta.put(name, value);
        return spec(spec.withLabels(new Labels(spec.labels().tags(), meta)));
    }

    public JobDraft unique(String key) {
        return spec(spec.withKeys(spec.keys().withUnique(Keys.Unique.of(key))));
    }

    public JobDraft group(String name, String key) {
        return spec(spec.withKeys(spec.keys().withGroup(new Keys.Group(name, key, false))));
    }

    public JobDraft serial(String key) {
        return spec(spec.withKeys(spec.keys().withGroup(Keys.Group.serial(key))));
    }

    public JobDraft keepFor(Duration time) {
        return spec(spec.withKeepFor(time));
    }

    public JobDraft in(Duration delay) {
        return new JobDraft(spec, new Due.After(delay), expiry);
    }

    public JobDraft at(Instant instant) {
        return new JobDraft(spec, new Due.At(instant), expiry);
    }

    public JobDraft expiresIn(Duration delay) {
        return new JobDraft(spec, due, new Due.After(delay));
    }

    public JobDraft expiresAt(Instant instant) {
        return new JobDraft(spec, due, new Due.At(instant));
    }

    private JobDraft spec(JobSpec changed) {
        return new JobDraft(changed, due, expiry);
    }
}
