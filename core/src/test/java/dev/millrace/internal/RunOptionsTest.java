package dev.millrace.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.millrace.RetryPolicy;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunOptionsTest {
    private static final RetryPolicy RETRY =
            RetryPolicy.linear(Duration.ofSeconds(2)).never(IllegalStateException.class);

    @Test
    void nothing_said_is_nothing_stored() {
        assertThat(RunOptions.NONE.encode()).isEmpty();
        assertThat(RunOptions.decode("")).isSameAs(RunOptions.NONE);
    }

    @Test
    void what_is_said_comes_back() {
        for (RunOptions options : new RunOptions[] {
            new RunOptions(Duration.ofMillis(1500), null),
            new RunOptions(null, RETRY),
            new RunOptions(Duration.ofHours(1), RETRY)
        }) {
            assertThat(RunOptions.decode(options.encode())).isEqualTo(options);
        }
        assertThat(new RunOptions(Duration.ofSeconds(30), RetryPolicy.none()).encode())
                .isEqualTo("{\"timeout\":\"PT30S\",\"retry\":{\"shape\":\"fixed\",\"base\":\"PT0S\",\"attempts\":1}}");
    }

    @Test
    void equal_texts_are_read_once() {
        String text = new RunOptions(Duration.ofSeconds(31), RETRY).encode();

        assertThat(RunOptions.decode(text)).isSameAs(RunOptions.decode(new String(text)));
    }

    @Test
    void any_number_of_texts_can_be_read() {
        for (int i = 1; i < 3_000; i++) {
            RunOptions options = new RunOptions(Duration.ofMillis(i), null);
            assertThat(RunOptions.decode(options.encode())).isEqualTo(options);
        }
    }

    @Test
    void unknown_fields_are_ignored() {
        assertThat(RunOptions.decode("{\"mood\":{\"x\":[1]},\"timeout\":\"PT1S\"}"))
                .isEqualTo(new RunOptions(Duration.ofSeconds(1), null));
    }

    @ParameterizedTest
    @ValueSource(strings = {" ", "null", "[]", "{", "{\"timeout\":30}", "{\"retry\":{}}", "{\"retry\":null}"})
    void something_else_is_refused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RunOptions.decode(text))
                .withMessageContaining("not the options of a job: " + text);
    }
}
