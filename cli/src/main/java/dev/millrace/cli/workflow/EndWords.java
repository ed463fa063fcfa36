package dev.millrace.cli.workflow;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import dev.millrace.cli.out.JobJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** How many jobs of a workflow ended how, in the words that the tree below has for each of them. */
final class EndWords {
    private EndWords() {}

    /** As in "7 of 10 ended, 1 failed, 2 cancelled (parent failed)". */
    static String of(Graph graph) {
        List<Graph.Node> nodes = graph.nodes();
        int ended = 0;
        int failed = 0;
        int deleted = 0;
        Map<CancelReason, Integer> cancelled = new TreeMap<>();
        for (Graph.Node node : nodes) {
            JobState state = node.jobState();
            if (state == null || state.finished()) {
                ended++;
            }
            if (state == null) {
                deleted++;
            } else if (state == JobState.FAILED) {
                failed++;
            } else if (state == JobState.CANCELLED) {
                cancelled.merge(node.cancelReason().orElse(CancelReason.REQUESTED), 1, Integer::sum);
            }
        }
        List<String> words = new ArrayList<>();
        words.add(ended + " of " + nodes.size() + " ended");
        if (failed > 0) {
            words.add(failed + " failed");
        }
        if (!cancelled.isEmpty()) {
            words.add(of(cancelled));
        }
        if (deleted > 0) {
            words.add(deleted + " deleted");
        }
        return String.join(", ", words);
    }

    private static String of(Map<CancelReason, Integer> cancelled) {
        int all = cancelled.values().stream().mapToInt(Integer::intValue).sum();
        return all + " cancelled ("
                + cancelled.entrySet().stream()
                        .map(each -> (cancelled.size() == 1 ? "" : each.getValue() + " ") + words(each.getKey()))
                        .collect(Collectors.joining(", "))
                + ")";
    }

    private static String words(CancelReason reason) {
        return JobJson.lower(reason).replace('_', ' ');
    }
}
