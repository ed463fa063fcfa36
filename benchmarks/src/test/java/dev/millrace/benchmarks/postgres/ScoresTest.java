package dev.millrace.benchmarks.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.benchmarks.postgres.Contestant.History;
import dev.millrace.benchmarks.postgres.Contestant.Role;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScoresTest {
    private static final Contestant OURS = contestant("ours", Role.OURS);
    private static final Contestant RAW = contestant("raw", Role.RAW);
    private static final Contestant RAW_TOO = contestant("raw-4", Role.RAW_TOO);
    private static final Contestant SLOW = contestant("slow", Role.PEER);
    private static final Contestant FAST = contestant("fast", Role.PEER);
    private static final List<Contestant> ALL = List.of(OURS, RAW, RAW_TOO, SLOW, FAST);

    @Test
    void ratios_are_of_medians_to_raw_and_to_the_fastest_peer() {
        Scores scores = new Scores(Metric.rate("Process"));
        List.of(30_000.0, 10.0, 20_000.0).forEach(figure -> scores.add(OURS, figure));
        scores.add(RAW, 40_000);
        scores.add(RAW_TOO, 90_000);
        scores.add(SLOW, 1_000);
        scores.add(FAST, 10_000);

        assertThat(scores.table(ALL))
                .contains(
                        "| ours | 10 | **20,000** | 30,000 | 0.50 | 2.00 |  |",
                        "| raw-4 | 90,000 | **90,000** | 90,000 | 2.25 | 9.00 |  |",
                        "| slow | 1,000 | **1,000** | 1,000 | 0.03 | 0.10 |  |");
    }

    @Test
    void of_costs_the_best_peer_is_the_one_with_the_least() {
        Scores scores = new Scores(Metric.cost("Pick-up", "ms", 2));
        scores.add(OURS, 2);
        scores.add(SLOW, 500);
        scores.add(FAST, 4);

        assertThat(scores.table(ALL)).contains("| ours | 2.00 | **2.00** | 2.00 |  | 0.50 |  |");
    }

    @Test
    void who_failed_stands_in_the_table_with_the_reason() {
        Scores scores = new Scores(Metric.rate("Process"));
        scores.remark(SLOW, "failed: no connection");

        assertThat(scores.table(ALL)).contains("| slow | | – | | | | failed: no connection |");
    }

    private static Contestant contestant(String name, Role role) {
        return new Contestant(name, "", role, History.KEPT, 1, List.of(), List.of(), List.of());
    }
}
