package dev.millrace.cli.workflow;

import dev.millrace.JobInfo;
import dev.millrace.Millrace;
import dev.millrace.WorkflowHandle;
import dev.millrace.cli.JobFinder;
import dev.millrace.cli.Refusal;
import dev.millrace.spi.Keys.Member;
import java.util.Optional;
import java.util.UUID;
import picocli.CommandLine.Parameters;

/** The workflow that is meant: by its id, the id of one of its jobs, or any part of one that no other workflow has. */
final class WorkflowChoice {
    @Parameters(
            index = "0",
            paramLabel = "ID",
            description = "The workflow's id or that of one of its jobs, or any part of it that no other has.")
    private String id = "";

    /** @throws Refusal when there is none, or several fit */
    WorkflowHandle find(Millrace millrace) {
        JobInfo job =
                new JobFinder(millrace).find(id, found -> found.workflow().isPresent(), WorkflowChoice::ofOneWorkflow);
        Member member = job.workflow()
                .orElseThrow(() -> new Refusal(
                        "job " + job.id() + " (" + job.kind() + ") is of no workflow: see millrace workflow list"));
        return millrace.workflow(member.workflow())
                .orElseThrow(() -> new Refusal("the workflow of job " + job.id()
                        + " was deleted; the job is there: millrace show " + job.id()));
    }

    private static boolean ofOneWorkflow(JobInfo one, JobInfo other) {
        Optional<UUID> workflow = one.workflow().map(Member::workflow);
        return workflow.isPresent() && workflow.equals(other.workflow().map(Member::workflow));
    }
}
