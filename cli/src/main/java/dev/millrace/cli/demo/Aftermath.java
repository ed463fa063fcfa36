package dev.millrace.cli.demo;

import dev.millrace.JobInfo;
import dev.millrace.JobState;
import dev.millrace.Millrace;
import dev.millrace.TypeRef;
import dev.millrace.spi.RunEnd;
import dev.millrace.spi.RunRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What the store says when all is over, and what this process finds when it looks for itself.
 *
 * @param jobs how many jobs there were
 * @param succeeded how many SUCCEEDED
 * @param wrong files whose checksum this process does not confirm
 * @param changed files that were changed meanwhile, so that nothing can be said of them
 * @param rescued jobs with a run that ended as RESCUED
 * @param firstRescue from the kill to the first of these
 * @param lastRescue from the kill to the last of these
 * @param rescuers the workers that ran them afterwards
 * @param ranTwice jobs with more than one run that SUCCEEDED: there must be none
 */
record Aftermath(
        int jobs,
        int succeeded,
        List<String> wrong,
        int changed,
        List<UUID> rescued,
        @Nullable Duration firstRescue,
        @Nullable Duration lastRescue,
        Set<String> rescuers,
        int ranTwice) {

    /** Whether all that was promised was kept. */
    boolean good() {
        return succeeded == jobs && wrong.isEmpty() && ranTwice == 0;
    }

    static Aftermath of(Millrace millrace, List<UUID> ids, String killed, Instant killedAt, Instant begun)
            throws IOException {
        int succeeded = 0;
        int changed = 0;
        int ranTwice = 0;
        List<String> wrong = new ArrayList<>();
        List<UUID> rescued = new ArrayList<>();
        List<Instant> rescues = new ArrayList<>();
        Set<String> rescuers = new LinkedHashSet<>();
        for (UUID id : ids) {
            JobInfo job = millrace.job(id).orElse(null);
            if (job == null || job.state() != JobState.SUCCEEDED) {
                continue;
            }
            succeeded++;
            String file = Objects.requireNonNull(job.payload(TypeRef.of(Checksum.Task.class)))
                    .file();
            if (Files.getLastModifiedTime(Path.of(file)).toInstant().isAfter(begun)) {
                changed++;
            } else if (!Checksum.of(Path.of(file)).equals(job.result(TypeRef.of(String.class)))) {
                wrong.add(file);
            }
            List<RunRecord> runs = millrace.store().trail(id).runs();
            ranTwice +=
                    runs.stream().filter(run -> run.end() == RunEnd.SUCCEEDED).count() > 1 ? 1 : 0;
            for (RunRecord run : runs) {
                if (run.end() == RunEnd.RESCUED && run.worker().equals(killed)) {
                    rescued.add(id);
                    rescues.add(run.endedAt());
                    rescuers.add(runs.get(runs.size() - 1).worker());
                }
            }
        }
        rescues.sort(null);
        return new Aftermath(
                ids.size(),
                succeeded,
                wrong,
                changed,
                rescued,
                rescues.isEmpty() ? null : Duration.between(killedAt, rescues.get(0)),
                rescues.isEmpty() ? null : Duration.between(killedAt, rescues.get(rescues.size() - 1)),
                rescuers,
                ranTwice);
    }
}
