package dev.millrace.cli.out;

import dev.millrace.JobInfo;
import dev.millrace.ParentJob;
import dev.millrace.Parents;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.Wish;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What is to be said of the jobs around a job.
 *
 * @param parents what it waits, or waited, for
 * @param workflow the name of its workflow; empty when there is none, or it was deleted
 */
public record Kinship(Parents parents, String workflow) {
    private static final int NAMED = 10;

    /** Lines for its sheet, by name. */
    Map<String, String> lines(JobInfo job) {
        Map<String, String> lines = new LinkedHashMap<>();
        job.workflow()
                .ifPresent(member -> lines.put(
                        "workflow",
                        (workflow.isEmpty() ? "" : workflow + " ")
                                + member.workflow()
                                + (member.workflow().equals(job.id()) ? "" : ", as " + member.name())));
        if (parents.size() > 0) {
            boolean head = job.workflow()
                    .filter(member -> member.workflow().equals(job.id()))
                    .isPresent();
            lines.put(head ? "jobs" : "parents", parents.counts().toString());
            if (!head) {
                names(job).forEach(lines::put);
            }
        }
        return lines;
    }

    /** Those that it still waits for, if it does; otherwise all, a few of them by name. */
    private Map<String, String> names(JobInfo job) {
        boolean waits = job.gate().filter(Gate.PARENTS::equals).isPresent();
        List<ParentJob> meant = parents.stream()
                .filter(parent -> !waits || parent.verdict().isEmpty())
                .limit(NAMED + 1L)
                .toList();
        String some = meant.stream().limit(NAMED).map(Kinship::text).collect(Collectors.joining(", "));
        return Map.of(waits ? "waits for" : "were", some + (meant.size() > NAMED ? ", …" : ""));
    }

    private static String text(ParentJob parent) {
        String wish = parent.wish() == Wish.SUCCESS ? "" : parent.wish() == Wish.FAILURE ? "failure of " : "end of ";
        String name = parent.name().isEmpty() ? parent.id().toString() : parent.name();
        String state = parent.state().map(JobJson::lower).orElse("deleted");
        return wish + name + " (" + state + ")";
    }
}
