package docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page on the doctor lists every finding that the code knows, and no other. */
class DocsFindingsTest {
    private static final Pattern IN_CODE =
            Pattern.compile("\\b(?:note|warning|problem|add|judge|new Finding)\\(\\s*\"([a-z]+(?:-[a-z]+)*)\"");
    private static final Pattern ON_PAGE = Pattern.compile("(?m)^\\| `([a-z-]+)` \\|");

    @Test
    void every_finding_of_the_code_stands_on_the_page_and_every_one_of_the_page_in_the_code() throws IOException {
        Set<String> inCode = new TreeSet<>();
        for (String part : new String[] {"core", "stores"}) {
            try (Stream<Path> files = Files.walk(Markdown.root().resolve(part))) {
                files.filter(file -> file.toString().matches(".*/src/main/java/.*\\.java"))
                        .map(DocsFindingsTest::text)
                        .filter(text -> text.contains("dev.millrace.spi.Finding") || text.contains("class Findings"))
                        .forEach(text -> gather(IN_CODE, text, inCode));
            }
        }
        Set<String> onPage = new TreeSet<>();
        gather(ON_PAGE, text(Markdown.root().resolve("docs/doctor.md")), onPage);

        assertThat(inCode).hasSizeGreaterThan(40);
        assertThat(onPage).isEqualTo(inCode);
    }

    private static void gather(Pattern pattern, String text, Set<String> found) {
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            found.add(matcher.group(1));
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
