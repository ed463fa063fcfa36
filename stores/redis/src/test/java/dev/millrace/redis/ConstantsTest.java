package dev.millrace.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ConstantsTest {
    @Test
    void a_constant_stands_in_the_place_of_its_name_but_not_in_texts_and_lines_keep_their_numbers() {
        String script = """
                -- READY is told of here
                local READY, HEAD = 2, '>BB'
                local NEVER = math.huge
                return {READY, pack(HEAD, READY), 'READY', NEVER, ALREADY, READY_TOO}
                """;

        assertThat(Constants.inline(script)).isEqualTo("""


                        local NEVER = math.huge
                        return {2, pack('>BB', 2), 'READY', NEVER, ALREADY, READY_TOO}
                        """);
    }

    @Test
    void a_constant_that_is_defined_twice_or_without_a_value_is_refused() {
        assertThatThrownBy(() -> Constants.inline("local A = 1\nlocal A = 2\n")).hasMessageContaining("defines A");
        assertThatThrownBy(() -> Constants.inline("local A, B = 1\n")).hasMessageContaining("defines B");
    }
}
