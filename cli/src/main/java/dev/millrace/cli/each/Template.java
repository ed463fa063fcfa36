package dev.millrace.cli.each;

import java.util.ArrayList;
import java.util.List;

/** What to run for a line. */
sealed interface Template {
    /** What the line takes the place of. */
    String PLACE = "{}";

    /** The program and its arguments for this line. */
    List<String> of(String line);

    /** What was given, word by word: two templates are the same command if these are equal. */
    List<String> identity();

    /** The program, if it does not depend on the line; else empty. */
    String program();

    /** The words as they are, without a shell: the line takes the place of each {@code {}}, or comes last if there is none. */
    record Words(List<String> words) implements Template {
        public Words {
            words = List.copyOf(words);
            if (words.stream().noneMatch(word -> word.contains(PLACE))) {
                List<String> more = new ArrayList<>(words);
                more.add(PLACE);
                words = List.copyOf(more);
            }
        }

        @Override
        public List<String> of(String line) {
            return words.stream().map(word -> word.replace(PLACE, line)).toList();
        }

        @Override
        public List<String> identity() {
            List<String> all = new ArrayList<>(List.of("words"));
            all.addAll(words);
            return all;
        }

        @Override
        public String program() {
            return words.get(0).contains(PLACE) ? "" : words.get(0);
        }
    }

    /**
     * A script for {@code sh -c}. The line is never part of the script's text: it is the script's first argument, and each
     * {@code {}} becomes a reference to it, quoted as its place asks for. So nothing in a line is ever taken for code. See {@link Script}.
     */
    record Shell(String script) implements Template {
        public Shell {
            script = Script.referring(script);
        }

        @Override
        public List<String> of(String line) {
            return List.of("sh", "-c", script, "sh", line);
        }

        @Override
        public List<String> identity() {
            return List.of("shell", script);
        }

        @Override
        public String program() {
            return "sh";
        }
    }
}
