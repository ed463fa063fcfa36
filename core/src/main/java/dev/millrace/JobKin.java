package dev.millrace;

import dev.millrace.internal.worker.Kin;
import dev.millrace.internal.workflow.MemberIds;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys.Member;
import dev.millrace.spi.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Parents and workflow of a job that runs. */
final class JobKin implements Kin {
    private static final int SHOWN = 10;

    private final Millrace millrace;
    private final JobSpec job;
    private final Optional<WorkflowContext> workflow;
    private @Nullable Parents parents;

    JobKin(Millrace millrace, JobSpec job, Runnable checkCancelled) {
        this.millrace = millrace;
        this.job = job;
        Member member = job.keys().member();
        this.workflow = Optional.ofNullable(member)
                .map(place -> new WorkflowContext(millrace, place.workflow(), job.id(), place.name(), checkCancelled));
    }

    @Override
    public synchronized Parents parents() {
        if (parents == null) {
            parents = millrace.parents(job.id());
        }
        return parents;
    }

    @Override
    public <R> List<@Nullable R> results(JobType<?, R> type) {
        List<UUID> succeeded = parents().dependencies().stream()
                .filter(each -> each.verdict() == Verdict.SUCCEEDED)
                .map(each -> each.parent().job())
                .toList();
        List<@Nullable R> results = new ArrayList<>();
        int[] met = {0};
        millrace.workflows.records(succeeded).forEach(record -> {
            if (!record.id().equals(succeeded.get(met[0]))) {
                throw new ResultExpiredException(succeeded.get(met[0])); // its kind is lost as well
            }
            met[0]++;
            if (record.spec().kind().equals(type.kind())) {
                results.add(JobHandle.result(millrace, type, record));
            }
        });
        if (met[0] < succeeded.size()) {
            throw new ResultExpiredException(succeeded.get(met[0]));
        }
        return results;
    }

    @Override
    public <R> @Nullable R result(String name, JobType<?, R> type) {
        UUID id = workflow.map(place -> MemberIds.of(place.id(), name)).orElse(job.id());
        if (parents().dependencies().stream()
                .noneMatch(each -> each.parent().job().equals(id))) {
            throw new IllegalArgumentException(
                    "job " + job.id() + " did not wait for a job called \"" + name + "\", but for " + names());
        }
        JobRecord record = millrace.find(id);
        if (record == null) {
            throw new ResultExpiredException(id);
        }
        if (!record.state().finished()) {
            throw new IllegalStateException("\"" + name + "\" has not ended, and job " + job.id()
                    + " did not wait for that: it runs since another job has failed");
        }
        return JobHandle.result(millrace, type, record);
    }

    private String names() {
        int all = parents().size();
        return all == 0
                ? "none"
                : parents().stream().limit(SHOWN).map(ParentJob::name).collect(Collectors.joining(", "))
                        + (all > SHOWN ? " and " + (all - SHOWN) + " more" : "");
    }

    @Override
    public Optional<WorkflowContext> workflow() {
        return workflow;
    }
}
