package dev.millrace.cli.out;

import dev.millrace.spi.Examination;
import dev.millrace.spi.Finding;
import dev.millrace.spi.Finding.Severity;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Shows what an examination found, worst first, in paragraphs that fit the terminal. */
public final class FindingSheet {
    private static final int WIDEST = 100;
    private static final String INDENT = "  ";

    private final PrintWriter out;
    private final Terminal terminal;
    private final int width;

    public FindingSheet(PrintWriter out, Terminal terminal) {
        this.out = out;
        this.terminal = terminal;
        this.width = Math.min(terminal.columns(), WIDEST);
    }

    /**
     * Prints it.
     *
     * @param store what was examined, in a line
     */
    public void print(Examination examination, String store) {
        for (Severity severity : List.of(Severity.PROBLEM, Severity.WARNING, Severity.NOTE)) {
            List<Finding> findings = examination.findings().stream()
                    .filter(finding -> finding.severity() == severity)
                    .toList();
            if (!findings.isEmpty()) {
                String title = title(severity, findings.size());
                out.println(style(severity).of(title, terminal.colours()));
                findings.forEach(this::print);
                out.println();
            }
        }
        boolean calm =
                examination.worst().filter(worst -> worst != Severity.NOTE).isEmpty();
        String looked = "looked at " + String.join(", ", examination.looked());
        String verdict = examination.findings().isEmpty() ? "nothing found: " : calm ? "nothing to mend: " : "";
        if (calm) {
            String text = verdict + looked;
            List<String> lines = wrapped(text, width);
            out.println(Style.GREEN.of(lines.get(0), terminal.colours()));
            lines.subList(1, lines.size()).forEach(out::println);
        }
        wrapped(store, width).forEach(line -> out.println(Style.DIM.of(line, terminal.colours())));
    }

    private void print(Finding finding) {
        paragraph("", capital(finding.what()) + ".", Style.BOLD);
        paragraph("", capital(finding.why()) + ".", Style.PLAIN);
        paragraph("→ ", finding.remedy() + " [" + finding.code() + "]", style(finding.severity()));
    }

    private void paragraph(String mark, String text, Style style) {
        String next = INDENT + " ".repeat(mark.length());
        boolean first = true;
        for (String line : wrapped(text, width - next.length())) {
            out.println((first ? INDENT + mark : next) + style.of(line, terminal.colours()));
            first = false;
        }
    }

    private static String title(Severity severity, int count) {
        String name = severity.name().toLowerCase(Locale.ROOT);
        return count + " " + name + (count == 1 ? "" : "s");
    }

    private static Style style(Severity severity) {
        return switch (severity) {
            case PROBLEM -> Style.RED;
            case WARNING -> Style.YELLOW;
            case NOTE -> Style.CYAN;
        };
    }

    private static String capital(String text) {
        return text.isEmpty()
                ? text
                : text.substring(0, 1).toUpperCase(Locale.ROOT)
                        + text.substring(1).replaceAll("\\.$", "");
    }

    /** Breaks text at blanks, and a word that is longer than a line where the line ends. At least one line. */
    static List<String> wrapped(String text, int width) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : Table.oneLine(text).split(" +", -1)) {
            String rest = word;
            if (line.length() > 0 && length(line) + 1 + length(rest) > width) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.length() == 0 ? "" : " ");
            while (length(line) + length(rest) > width) {
                int cut = rest.offsetByCodePoints(0, width - length(line));
                lines.add(line + rest.substring(0, cut));
                line.setLength(0);
                rest = rest.substring(cut);
            }
            line.append(rest);
        }
        lines.add(line.toString());
        return lines;
    }

    private static int length(CharSequence text) {
        return Character.codePointCount(text, 0, text.length());
    }
}
