package dev.millrace.internal.flow;

import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;

/** A group: a key of a name, within a queue. */
public record GroupKey(String queue, Keys.Group group) {
    public GroupKey {
        // Whether a job is strict is its own matter, and no part of the key.
        group = group.strict() ? new Keys.Group(group.name(), group.key(), false) : group;
    }

    /** The group of a job that has one. */
    public static GroupKey of(JobSpec spec) {
        Keys.Group group = spec.keys().group();
        if (group == null) {
            throw new IllegalArgumentException("job " + spec.id() + " has no group");
        }
        return new GroupKey(spec.queue(), group);
    }
}
