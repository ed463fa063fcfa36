package dev.millrace.internal.workflow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LayersTest {

    private static Layers<String> of(Map<String, List<String>> parents, String... nodes) {
        return Layers.of(List.of(nodes), node -> parents.getOrDefault(node, List.of()));
    }

    @Test
    void each_comes_after_all_that_it_waits_for() {
        Layers<String> layers =
                of(Map.of("d", List.of("b", "c"), "b", List.of("a"), "c", List.of("b")), "d", "c", "b", "a", "x");

        assertThat(layers.layers()).containsExactly(List.of("a", "x"), List.of("b"), List.of("c"), List.of("d"));
        assertThat(layers.cycle()).isEmpty();
    }

    @Test
    void what_is_not_among_the_nodes_is_not_waited_for() {
        assertThat(of(Map.of("a", List.of("elsewhere")), "a").layers()).containsExactly(List.of("a"));
    }

    @Test
    void a_parent_that_is_named_twice_counts_once() {
        assertThat(of(Map.of("b", List.of("a", "a")), "a", "b").layers()).containsExactly(List.of("a"), List.of("b"));
    }

    @Test
    void a_cycle_is_named_from_end_to_end_and_without_what_is_behind_it() {
        Layers<String> layers = of(
                Map.of("a", List.of("c"), "b", List.of("a"), "c", List.of("b"), "behind", List.of("a")),
                "behind",
                "free",
                "a",
                "b",
                "c");

        assertThat(layers.cycle()).containsExactly("a", "c", "b", "a");
        assertThat(layers.layers()).containsExactly(List.of("free"));
    }

    @Test
    void one_that_waits_for_itself_is_a_cycle() {
        assertThat(of(Map.of("a", List.of("a")), "a").cycle()).containsExactly("a", "a");
    }

    @Test
    void a_long_chain_takes_no_stack() {
        List<Integer> numbers = IntStream.range(0, 100_000).boxed().toList();

        Layers<Integer> layers = Layers.of(numbers, number -> number == 0 ? List.of() : List.of(number - 1));

        assertThat(layers.layers()).hasSize(100_000);
        assertThat(Layers.of(numbers, number -> List.of((number + 1) % 100_000)).cycle())
                .hasSize(100_001);
    }
}
