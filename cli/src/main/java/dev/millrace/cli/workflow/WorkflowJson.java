package dev.millrace.cli.workflow;

import dev.millrace.EndCounts;
import dev.millrace.WorkflowInfo;
import dev.millrace.cli.out.JobJson;
import dev.millrace.spi.Wish;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A workflow as one JSON object: what {@code --json} prints. */
final class WorkflowJson {
    private WorkflowJson() {}

    /** The workflow without its jobs. */
    static ObjectNode of(WorkflowInfo workflow) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("id", workflow.id().toString());
        json.put("name", workflow.name());
        json.put("state", JobJson.lower(workflow.state()));
        JobJson.put(json, "submittedAt", workflow.submittedAt());
        JobJson.put(json, "endedAt", workflow.endedAt().orElse(null));
        EndCounts counts = workflow.counts();
        json.putObject("counts")
                .put("total", counts.total())
                .put("ended", counts.ended())
                .put("succeeded", counts.succeeded())
                .put("failed", counts.failed())
                .put("cancelled", counts.cancelled())
                .put("notNeeded", counts.notNeeded());
        return json;
    }

    /** The workflow with its jobs and what each waits for. */
    static ObjectNode of(WorkflowInfo workflow, Graph graph) {
        ObjectNode json = of(workflow);
        ArrayNode jobs = json.putArray("jobs");
        for (Graph.Node node : graph.nodes()) {
            ObjectNode job = jobs.addObject();
            job.put("id", node.id().toString());
            job.put("name", node.name());
            job.put("kind", node.kind());
            job.put("queue", node.queue());
            job.put("state", node.state());
            JobJson.put(job, "why", node.why().isEmpty() ? null : node.why());
            JobJson.put(job, "startedAt", node.startedAt());
            JobJson.put(job, "finishedAt", node.finishedAt());
            parents(job, "after", node, Wish.SUCCESS);
            parents(job, "afterFailure", node, Wish.FAILURE);
            parents(job, "afterEither", node, Wish.END);
        }
        return json;
    }

    private static void parents(ObjectNode job, String field, Graph.Node node, Wish wish) {
        if (node.parents().stream().anyMatch(edge -> edge.wish() == wish)) {
            ArrayNode names = job.putArray(field);
            node.parents().stream()
                    .filter(edge -> edge.wish() == wish)
                    .forEach(edge -> names.add(edge.parent().name()));
        }
    }
}
