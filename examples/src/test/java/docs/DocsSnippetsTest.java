package docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compiles every block of Java in the documentation. A block is a whole file if it declares a type at the beginning of a
 * line; members of a class if the line above it says {@code <!-- java: members -->}; statements of a method otherwise.
 * Members and statements see {@link DocsScene}; what does not import anything gets the usual imports.
 */
class DocsSnippetsTest {
    private static final String IMPORTS = "import dev.millrace.*; import dev.millrace.testkit.*; import java.io.*;"
            + " import java.nio.file.*; import java.sql.Connection; import java.sql.PreparedStatement; import java.time.*; import java.util.*; import java.util.stream.*;";
    private static final Pattern TYPE =
            Pattern.compile("^(?:@\\w+.*\\n)*(?:public |final |abstract )*(?:class|interface|record|enum) (\\w+)", Pattern.MULTILINE);

    @TempDir
    Path classes;

    /** Java as the compiler gets it: one line of ours, then the block. */
    private record Source(String file, int line, String name, String text) {
        static Source of(Markdown page, Markdown.Block block) {
            String folder = page.file().replaceFirst("\\.md$", "").replaceAll("\\W+", "_").toLowerCase(Locale.ROOT);
            String head = "package snippets." + folder + ".line" + block.line() + "; ";
            boolean imports = block.text().contains("import ");
            Matcher type = TYPE.matcher(block.text());
            String members = "class Snippet extends docs.DocsScene {";
            if (block.mark().equals("java: members")) {
                return new Source(page.file(), block.line(), "Snippet", head + IMPORTS + members + "\n" + block.text() + "\n}");
            }
            if (type.find()) {
                String text = head + (imports ? "" : IMPORTS) + "\n" + block.text();
                return new Source(page.file(), block.line(), type.group(1), text);
            }
            String method = members + " void snippet() throws Exception {";
            return new Source(page.file(), block.line(), "Snippet", head + IMPORTS + method + "\n" + block.text() + "\n}}");
        }

        String problem(Diagnostic<?> diagnostic) {
            return file + ":" + (line + diagnostic.getLineNumber() - 2) + ": " + diagnostic.getMessage(Locale.ROOT);
        }
    }

    private static final class InMemory extends SimpleJavaFileObject {
        private final Source source;

        InMemory(Source source, int number) {
            super(URI.create("string:///" + number + "/" + source.name + ".java"), Kind.SOURCE);
            this.source = source;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source.text;
        }
    }

    @Test
    void every_block_of_java_compiles() {
        List<Source> sources = Markdown.pages().stream().flatMap(page -> sources(page).stream()).toList();

        assertThat(sources).hasSizeGreaterThan(20);
        assertThat(problems(sources)).isEmpty();
    }

    @Test
    void a_block_that_does_not_compile_is_found_at_its_line() {
        Markdown page = new Markdown(
                "docs/page.md",
                List.of(
                        "Text.",
                        "```java",
                        "millrace.enqueue(MAIL, new Mail(\"ada@example.org\", \"hi\"));",
                        "millrace.enqueueLater();",
                        "```",
                        "<!-- java: members -->",
                        "```java",
                        "int broken() { return \"\"; }",
                        "```",
                        "```java",
                        "record Whole(Missing part) {}",
                        "```",
                        "```sh",
                        "not java",
                        "```"));

        assertThat(problems(sources(page)))
                .extracting(problem -> problem.substring(0, problem.indexOf(": ")))
                .containsExactlyInAnyOrder("docs/page.md:4", "docs/page.md:8", "docs/page.md:11");
    }

    private static List<Source> sources(Markdown page) {
        return page.blocks().stream()
                .filter(block -> block.language().equals("java"))
                .map(block -> Source.of(page, block))
                .toList();
    }

    private List<String> problems(List<Source> sources) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
        List<InMemory> files = new ArrayList<>();
        sources.forEach(source -> files.add(new InMemory(source, files.size())));
        List<String> options = List.of(
                "-d", classes.toString(), "-cp", System.getProperty("java.class.path"), "-proc:none", "-Xlint:none");
        compiler.getTask(null, null, diagnostics, options, null, files).call();
        return diagnostics.getDiagnostics().stream()
                .filter(diagnostic -> diagnostic.getKind() == Diagnostic.Kind.ERROR)
                .map(diagnostic -> ((InMemory) diagnostic.getSource()).source.problem(diagnostic))
                .toList();
    }
}
