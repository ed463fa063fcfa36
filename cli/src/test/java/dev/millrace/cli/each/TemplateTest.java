package dev.millrace.cli.each;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class TemplateTest {
    private static String script(String text) {
        List<String> words = new Template.Shell(text).of("line");
        assertThat(words).hasSize(5).startsWith("sh", "-c").endsWith("sh", "line");
        return words.get(2);
    }

    @Test
    void a_script_refers_to_the_line_and_never_holds_it() {
        assertThat(script("wc {}")).isEqualTo("wc \"$1\"");
        assertThat(script("wc \"x {}\" {}")).isEqualTo("wc \"x ${1}\" \"$1\"");
        assertThat(script("awk '{print}' {}")).isEqualTo("awk '{print}' \"$1\"");
        assertThat(script("echo \\' {} \\\" {}")).isEqualTo("echo \\' \"$1\" \\\" \"$1\"");
        assertThat(script("echo \"a \\\" {}\"")).isEqualTo("echo \"a \\\" ${1}\"");
        assertThat(script("wc -l")).isEqualTo("wc -l \"$1\"");
    }

    @Test
    void braces_between_single_quotes_are_refused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Template.Shell("echo 'a {} b'"));
        assertThatIllegalArgumentException().isThrownBy(() -> new Template.Shell("echo \"'\" 'a {}'"));
    }

    @Test
    void the_program_is_known_unless_the_line_names_it() {
        assertThat(new Template.Words(List.of("wc", "{}")).program()).isEqualTo("wc");
        assertThat(new Template.Words(List.of("./{}")).program()).isEmpty();
        assertThat(new Template.Words(List.of("wc")).of("a")).containsExactly("wc", "a");
    }
}
