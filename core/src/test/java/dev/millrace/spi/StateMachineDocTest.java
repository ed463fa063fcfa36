package dev.millrace.spi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Keeps the table in docs/state-machine.md what {@link Transition} says. After a change of the table, {@code mvn -B -pl core
 * test -Dtest=StateMachineDocTest -Dmillrace.docs.write=true} writes it anew.
 */
class StateMachineDocTest {
    private static final String BEGIN = "<!-- transitions: begin -->";
    private static final String END = "<!-- transitions: end -->";
    private static final Pattern CONSTANT = Pattern.compile("/\\*\\* ([^*]+?) \\*/\\s+([A-Z_]+)\\(");

    private static final Map<Transition.Attempts, String> ATTEMPTS = Map.of(
            Transition.Attempts.ZERO, "attempts start at zero",
            Transition.Attempts.COUNT, "an attempt is counted",
            Transition.Attempts.REFUND, "the attempt is refunded");
    private static final Map<Transition.Token, String> TOKENS = Map.of(Transition.Token.NEXT, "a new lease token");
    private static final Map<Transition.Slot, String> SLOTS = Map.of(
            Transition.Slot.TAKE, "group slot taken once READY",
            Transition.Slot.FREE, "group slot freed");
    private static final Map<Transition.Key, String> KEYS = Map.of(
            Transition.Key.TAKE, "unique key taken",
            Transition.Key.FREE, "unique key freed");

    @Test
    void the_page_shows_the_table_that_the_code_executes() throws IOException {
        Path page = root().resolve("docs/state-machine.md");
        String text = Files.readString(page);
        int begin = text.indexOf(BEGIN) + BEGIN.length();
        int end = text.indexOf(END);
        assertThat(begin).as("marks in %s", page).isBetween(BEGIN.length(), end);

        String expected = text.substring(0, begin) + "\n" + table() + text.substring(end);
        if (Boolean.getBoolean("millrace.docs.write")) {
            Files.writeString(page, expected);
        }

        assertThat(Files.readString(page))
                .as("docs/state-machine.md; -Dmillrace.docs.write=true writes its table anew")
                .isEqualTo(expected);
    }

    private static String table() throws IOException {
        Map<String, String> descriptions = descriptions();
        StringBuilder table = new StringBuilder("| Transition | When | From | To | Effects |\n|---|---|---|---|---|\n");
        for (Transition transition : Transition.values()) {
            String description = descriptions.get(transition.name());
            assertThat(description).as("comment of %s", transition).isNotNull();
            table.append(Stream.of(
                            "`" + transition + "`",
                            description,
                            transition.from().isEmpty() ? "(new)" : states(transition.from()),
                            states(transition.to()),
                            String.join("; ", effects(transition)))
                    .collect(Collectors.joining(" | ", "| ", " |\n")));
        }
        return table.toString();
    }

    private static List<String> effects(Transition transition) {
        List<String> effects = new ArrayList<>();
        effects.add(ATTEMPTS.get(transition.attempts()));
        effects.add(TOKENS.get(transition.token()));
        effects.add(SLOTS.get(transition.slot()));
        effects.add(KEYS.get(transition.key()));
        effects.add(transition.endsRun() ? "ends a run" : null);
        effects.add(transition.tellsDependents() ? "jobs that wait for it are told" : null);
        effects.add(transition.cancelReason() == null ? null : "reason " + transition.cancelReason());
        effects.removeIf(effect -> effect == null);
        return effects;
    }

    private static String states(Iterable<? extends Enum<?>> states) {
        List<String> names = new ArrayList<>();
        states.forEach(state -> names.add(state.name()));
        return String.join(", ", names);
    }

    /** What the comment of each constant says, by its name. */
    private static Map<String, String> descriptions() throws IOException {
        String source = Files.readString(root().resolve("core/src/main/java/dev/millrace/spi/Transition.java"));
        return CONSTANT.matcher(source)
                .results()
                .collect(Collectors.toMap(match -> match.group(2), StateMachineDocTest::oneLine));
    }

    private static String oneLine(MatchResult match) {
        return match.group(1).replaceAll("\\s+", " ").replace("|", "\\|");
    }

    /** The folder of the whole project, from whichever module the test is run. */
    private static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.isRegularFile(folder.resolve("docs/state-machine.md"))) {
            folder = folder.getParent();
            assertThat(folder).as("a folder above with docs/state-machine.md").isNotNull();
        }
        return folder;
    }
}
