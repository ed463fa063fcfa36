package dev.millrace.cli.each;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OccurrencesTest {
    @Test
    void every_line_is_counted_by_itself_also_when_there_are_many() {
        Occurrences occurrences = new Occurrences();

        for (int round = 1; round <= 3; round++) {
            for (int line = 0; line < 20_000; line++) {
                assertThat(occurrences.next("line " + line)).isEqualTo(round);
            }
        }
    }
}
