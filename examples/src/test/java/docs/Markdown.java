package docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A page of the documentation.
 *
 * @param file its path, from the project's folder
 * @param lines its text
 */
record Markdown(String file, List<String> lines) {
    private static final String FENCE = "```";

    /**
     * A block of code.
     *
     * @param line the number of its first line on the page, from 1
     * @param language what stands behind the fence
     * @param mark the comment on the line above the fence, without its brackets; empty if there is none
     * @param text the code
     */
    record Block(int line, String language, String mark, String text) {}

    /** Every page there is: those in the project's folder, and those in docs and below. */
    static List<Markdown> pages() {
        Path root = root();
        try (Stream<Path> top = Files.list(root);
                Stream<Path> docs = Files.walk(root.resolve("docs"))) {
            return Stream.concat(top, docs)
                    .filter(path -> path.toString().endsWith(".md"))
                    .sorted()
                    .map(path -> read(root, path))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Markdown read(Path root, Path path) {
        try {
            return new Markdown(root.relativize(path).toString(), Files.readAllLines(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The project's folder, from whichever module the test is run. */
    static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.isRegularFile(folder.resolve("README.md")) || !Files.isDirectory(folder.resolve("docs"))) {
            folder = folder.getParent();
            if (folder == null) {
                throw new AssertionError("no folder above this one has README.md and docs");
            }
        }
        return folder;
    }

    /** Its blocks of code, in order. */
    List<Block> blocks() {
        List<Block> blocks = new ArrayList<>();
        int open = -1;
        for (int i = 0; i < lines.size(); i++) {
            if (!lines.get(i).startsWith(FENCE)) {
                continue;
            }
            if (open < 0) {
                open = i;
            } else {
                String language = lines.get(open).substring(FENCE.length()).strip();
                String text = String.join("\n", lines.subList(open + 1, i));
                blocks.add(new Block(open + 2, language, mark(open - 1), text));
                open = -1;
            }
        }
        return blocks;
    }

    private String mark(int line) {
        String text = line < 0 ? "" : lines.get(line).strip();
        return text.startsWith("<!--") && text.endsWith("-->")
                ? text.substring(4, text.length() - 3).strip()
                : "";
    }

    /** Its lines, with those inside blocks of code empty. */
    List<String> prose() {
        List<String> prose = new ArrayList<>();
        boolean code = false;
        for (String line : lines) {
            boolean fence = line.startsWith(FENCE);
            prose.add(code || fence ? "" : line);
            code ^= fence;
        }
        return prose;
    }
}
