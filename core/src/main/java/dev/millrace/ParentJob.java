package dev.millrace;

import dev.millrace.spi.Keys;
import dev.millrace.spi.Verdict;
import dev.millrace.spi.Wish;
import java.util.Optional;
import java.util.UUID;

/**
 * A job that another waits, or waited, for.
 *
 * @param id its id
 * @param queue its queue
 * @param wish which end of it the other hoped for
 * @param verdict how it ended, as far as the other was told; empty while it was not
 * @param info the job as it stands; empty when it was deleted
 */
public record ParentJob(UUID id, String queue, Wish wish, Optional<Verdict> verdict, Optional<JobInfo> info) {

    /** Its name within its workflow; empty text when it was deleted. */
    public String name() {
        return info.flatMap(JobInfo::workflow).map(Keys.Member::name).orElse("");
    }

    /** Its kind; empty text when it was deleted. */
    public String kind() {
        return info.map(JobInfo::kind).orElse("");
    }

    /** Where it stands; empty when it was deleted. */
    public Optional<JobState> state() {
        return info.map(JobInfo::state);
    }
}
