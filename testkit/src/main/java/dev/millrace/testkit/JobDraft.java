package dev.millrace.testkit;

import dev.millrace.spi.Due;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Labels;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Parent;
import dev.millrace.spi.Wish;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A job to be stored by a test; begins at {@link Jobs}. Each method gives a changed copy with the same id. */
public record JobDraft(JobSpec spec, Due due, @Nullable Due expiry, List<Parent> parents) {
    public JobDraft {
        parents = List.copyOf(parents);
    }

    /** A job without parents. */
    public JobDraft(JobSpec spec, Due due, @Nullable Due expiry) {
        this(spec, due, expiry, List.of());
    }

    public UUID id() {
        return spec.id();
    }

    /** What {@link dev.millrace.spi.Intake#enqueue} takes. */
    public NewJob newJob() {
        return new NewJob(spec, due, expiry, parents, false);
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

    public JobDraft unique(Keys.Unique unique) {
        return spec(spec.withKeys(spec.keys().withUnique(unique)));
    }

    public JobDraft group(String name, String key) {
        return spec(spec.withKeys(spec.keys().withGroup(new Keys.Group(name, key, false))));
    }

    /** In a group, and keeping its slot while it waits for a retry. */
    public JobDraft strict(String name, String key) {
        return spec(spec.withKeys(spec.keys().withGroup(new Keys.Group(name, key, true))));
    }

    public JobDraft serial(String key) {
        return spec(spec.withKeys(spec.keys().withGroup(Keys.Group.serial(key))));
    }

    /** A member of the workflow that this head stands for. */
    public JobDraft member(JobDraft head, String name) {
        return spec(spec.withKeys(spec.keys().withMember(new Keys.Member(head.id(), name))));
    }

    /** Waits for these too, which must succeed. */
    public JobDraft after(JobDraft... others) {
        return after(Wish.SUCCESS, others);
    }

    /** Waits for these too. */
    public JobDraft after(Wish wish, JobDraft... others) {
        List<Parent> all = new ArrayList<>(parents);
        for (JobDraft other : others) {
            all.add(new Parent(other.id(), other.spec().queue(), wish));
        }
        return new JobDraft(spec, due, expiry, all);
    }

    public JobDraft keepFor(Duration time) {
        return spec(spec.withKeepFor(time));
    }

    public JobDraft in(Duration delay) {
        return new JobDraft(spec, new Due.After(delay), expiry, parents);
    }

    public JobDraft at(Instant instant) {
        return new JobDraft(spec, new Due.At(instant), expiry, parents);
    }

    public JobDraft expiresIn(Duration delay) {
        return new JobDraft(spec, due, new Due.After(delay), parents);
    }

    public JobDraft expiresAt(Instant instant) {
        return new JobDraft(spec, due, new Due.At(instant), parents);
    }

    private JobDraft spec(JobSpec changed) {
        return new JobDraft(changed, due, expiry, parents);
    }
}
