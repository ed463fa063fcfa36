package dev.millrace.cli;

import dev.millrace.JobRequest;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What can be said of a job's group on the command line; one of them. */
public final class GroupSettings {
    @Option(
            names = "--group",
            paramLabel = "GROUP=KEY",
            description = "Jobs of this queue, group and key share the limits of the queue: customer=7.")
    private @Nullable String group;

    @Option(
            names = "--serial",
            paramLabel = "KEY",
            description = "Jobs of this queue and key run one at a time, in order.")
    private @Nullable String serial;

    @Option(
            names = "--strict-serial",
            paramLabel = "KEY",
            description = "As --serial, and none runs while this one waits for a retry.")
    private @Nullable String strictSerial;

    /** @throws IllegalArgumentException when a name or key cannot be kept */
    <R> JobRequest<R> apply(JobRequest<R> request) {
        if (serial != null) {
            return request.serial(serial);
        }
        if (strictSerial != null) {
            return request.strictSerial(strictSerial);
        }
        return group(request, group == null ? "" : group);
    }

    /**
     * The request in the group that a text names.
     *
     * @param text as in customer=7
     * @throws IllegalArgumentException when it is no group and key, or cannot be kept
     */
    public static <R> JobRequest<R> group(JobRequest<R> request, String text) {
        int equals = text.indexOf('=');
        if (equals < 0) {
            throw new IllegalArgumentException("group " + text + " is no group and key: use customer=7");
        }
        return request.group(text.substring(0, equals), text.substring(equals + 1));
    }
}
