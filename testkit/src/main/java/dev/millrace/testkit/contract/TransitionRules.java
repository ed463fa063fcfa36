package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.Transition;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * The state machine: each transition is driven through the store from each state that it starts in, and its effects are
 * compared with the columns of {@link Transition}, so that the table is the specification.
 */
abstract class TransitionRules extends ContractPart {
    static final List<Move> MOVES = Moves.all();

    @ParameterizedTest
    @FieldSource("MOVES")
    void a_transition_has_the_effects_of_its_row(Move move) {
        new MoveCheck(this).check(move);
    }

    @Test
    void every_row_of_the_table_is_driven_from_every_state_that_it_starts_in() {
        for (Transition transition : Transition.values()) {
            Set<JobState> driven = MOVES.stream()
                    .filter(move -> move.transition() == transition)
                    .flatMap(move -> move.from().stream())
                    .collect(Collectors.toSet());
            assertThat(driven).as("states that %s is driven from", transition).isEqualTo(transition.from());
        }
    }
}
