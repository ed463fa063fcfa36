package dev.millrace.cli.each;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
    void a_command_within_double_quotes_has_quotes_of_its_own() {
        assertThat(script("echo \"$(wc -c < {})\"")).isEqualTo("echo \"$(wc -c < \"$1\")\"");
        assertThat(script("echo \"$(wc -c < \"{}\") {}\" {}")).isEqualTo("echo \"$(wc -c < \"${1}\") ${1}\" \"$1\"");
        assertThat(script("echo \"$(echo $( (echo {}) ) \"$(echo ')' {})\")\" {}"))
                .isEqualTo("echo \"$(echo $( (echo \"$1\") ) \"$(echo ')' \"$1\")\")\" \"$1\"");
        assertThat(script("echo \"${x%y} $# $((1 + 2)) `echo '\"'`\" {}"))
                .isEqualTo("echo \"${x%y} $# $((1 + 2)) `echo '\"'`\" \"$1\"");
        assertThat(script("case {} in (a) echo {};; b) echo \"{}\";; esac"))
                .isEqualTo("case \"$1\" in (a) echo \"$1\";; b) echo \"${1}\";; esac");
    }

    @Test
    void quotes_in_a_comment_are_text() {
        assertThat(script("# it's a \"\necho {} # don't\necho \"{}\""))
                .isEqualTo("# it's a \"\necho \"$1\" # don't\necho \"${1}\"");
        assertThat(script("echo a#'{' {}")).isEqualTo("echo a#'{' \"$1\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "echo \"$(echo '{}')\"",
                "echo `echo {}`",
                "echo \"`echo \\\"{}\\\"`\"",
                "cat <<END\n{}\nEND",
                "echo ${x:-{}}",
                "echo \"${x:-\"{}\"}\"",
                "echo \"${x:-\"y\"}\" {}",
                "echo $(({} + 1))",
                "(( {} > 1 ))",
                "echo $'it\\'s' {}",
                "echo \"$(case a in a) echo {};; esac)\"",
                "echo $( (case a in a) echo {};; esac) )"
            })
    void where_a_reference_would_not_be_safe_the_braces_are_refused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> new Template.Shell(text));
    }

    @Test
    void a_refusal_names_the_way_out_and_that_is_accepted() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Template.Shell("cat <<END\n{}\nEND"))
                .withMessageContaining("here-document")
                .withMessageContaining("x={};");
        assertThat(script("x={}; cat <<END\n$x\nEND")).isEqualTo("x=\"$1\"; cat <<END\n$x\nEND");
    }

    @Test
    void the_program_is_known_unless_the_line_names_it() {
        assertThat(new Template.Words(List.of("wc", "{}")).program()).isEqualTo("wc");
        assertThat(new Template.Words(List.of("./{}")).program()).isEmpty();
        assertThat(new Template.Words(List.of("wc")).of("a")).containsExactly("wc", "a");
    }
}
