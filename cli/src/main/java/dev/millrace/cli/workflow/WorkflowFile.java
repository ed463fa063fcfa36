package dev.millrace.cli.workflow;

import dev.millrace.JobType;
import dev.millrace.Workflow;
import dev.millrace.WorkflowJob;
import dev.millrace.cli.JsonText;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A workflow as a file describes it. Errors name the place: {@code etl.json, jobs[3].after[0]: …}.
 *
 * @param workflow checked, not submitted
 * @param jobs how many it has
 */
record WorkflowFile(Workflow workflow, int jobs) {
    private static final Set<String> KNOWN = Set.of("name", "id", "keepFor", "jobs");

    /**
     * Reads it.
     *
     * @param source how errors call it
     * @throws IllegalArgumentException when it describes no workflow that could be submitted: says where and why
     */
    static WorkflowFile read(String text, String source) {
        JsonNode json;
        try {
            json = JsonText.read(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(source + " is no JSON: " + e.getMessage(), e);
        }
        Place root = new Place(source, "", json).object(KNOWN);
        Workflow workflow = root.named("name", Place::text, Workflow::named);
        if (root.has("id")) {
            root.apply("id", Place::text, id -> workflow.id(UUID.fromString(id)));
        }
        if (root.has("keepFor")) {
            root.apply("keepFor", Place::duration, workflow::keepFor);
        }
        List<Place> places = root.child("jobs").array();
        if (places.isEmpty()) {
            throw root.child("jobs").wrong("there are no jobs: a workflow has at least one");
        }
        List<WorkflowJob<JsonNode>> jobs = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Place place : places) {
            WorkflowJob<JsonNode> job = job(place, workflow);
            if (!names.add(job.name())) {
                throw place.wrong("there is a job \"" + job.name() + "\" before this one: give it another \"name\"");
            }
            jobs.add(job);
        }
        for (int i = 0; i < jobs.size(); i++) {
            WorkflowJob<JsonNode> job = jobs.get(i);
            waits(places.get(i), "after", names, job::after);
            waits(places.get(i), "afterFailure", names, job::afterFailure);
            waits(places.get(i), "afterEither", names, job::afterEither);
        }
        try {
            workflow.check();
        } catch (IllegalArgumentException e) {
            throw root.wrong(String.valueOf(e.getMessage()));
        }
        return new WorkflowFile(workflow, jobs.size());
    }

    private static WorkflowJob<JsonNode> job(Place place, Workflow workflow) {
        place.object(FileJob.KNOWN);
        JobType<JsonNode, JsonNode> type =
                place.named("kind", Place::text, kind -> JobType.of(kind, JsonNode.class, JsonNode.class));
        JsonNode payload = place.has("payload")
                ? place.child("payload").json()
                : JsonMapper.shared().nullNode();
        WorkflowJob<JsonNode> job = workflow.add(FileJob.options(place, type.with(payload)));
        if (place.has("name")) {
            place.apply("name", Place::text, job::named);
        }
        return job;
    }

    private static void waits(Place job, String field, Set<String> names, Consumer<String[]> taker) {
        if (!job.has(field)) {
            return;
        }
        List<String> parents = new ArrayList<>();
        for (Place parent : job.child(field).array()) {
            String name = parent.text();
            if (!names.contains(name)) {
                throw parent.wrong("there is no job \"" + name + "\" in this file");
            }
            parents.add(name);
        }
        taker.accept(parents.toArray(String[]::new));
    }
}
