package dev.millrace.cli.workflow;

import dev.millrace.JobInfo;
import dev.millrace.Millrace;
import dev.millrace.WorkflowHandle;
import dev.millrace.cli.JobFinder;
import dev.millrace.cli.Refusal;
import dev.millrace.spi.Keys.Member;

/** Finds the workflow that is meant by its id, the id of one of its jobs, or any part of one that no other has. */
final class WorkflowFinder {
    private WorkflowFinder() {}

    /** @throws Refusal when there is none, or several fit */
    static WorkflowHandle find(Millrace millrace, String text) {
        JobInfo job = new JobFinder(millrace).find(text);
        Member member = job.workflow()
                .orElseThrow(() -> new Refusal(
                        "job " + job.id() + " (" + job.kind() + ") is of no workflow: see millrace workflow list"));
        return millrace.workflow(member.workflow())
                .orElseThrow(() -> new Refusal("the workflow of job " + job.id()
                        + " was deleted; the job is there: millrace show " + job.id()));
    }
}
