package dev.millrace.cli.out;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * A plain table that fits the terminal: columns as wide as what is in them. Where the room does not suffice, columns without any
 * content go first, then those that may be left out, from the right; then columns are cut, the widest first. No line is ever
 * longer than the terminal.
 */
public final class Table {
    private static final String GAP = "  ";
    /** Text is cut to so many columns before a column is left out. */
    private static final int READABLE = 12;
    /** Columns are never cut to less. */
    private static final int LEAST = 4;

    private final List<Column> columns;
    private final List<List<Cell>> rows = new ArrayList<>();

    private record Column(String title, boolean number, boolean optional) {}

    /** Text, and how it looks. */
    public record Cell(String text, Style style) {
        /** Plain text. */
        public static Cell of(String text) {
            return new Cell(text, Style.PLAIN);
        }
    }

    /**
     * @param titles of the columns; one that begins with ">" is of numbers, and stands at the right; one that begins with "?"
     *     may be left out where there is no room ("?>N" is both)
     */
    public Table(String... titles) {
        List<Column> all = new ArrayList<>();
        for (String title : titles) {
            boolean optional = title.startsWith("?");
            String rest = optional ? title.substring(1) : title;
            boolean number = rest.startsWith(">");
            all.add(new Column(number ? rest.substring(1) : rest, number, optional));
        }
        this.columns = List.copyOf(all);
    }

    /** Adds a row of plain text. */
    public Table row(String... texts) {
        List<Cell> cells = new ArrayList<>();
        for (String text : texts) {
            cells.add(Cell.of(text));
        }
        return row(cells);
    }

    /** Adds a row. */
    public Table row(List<Cell> cells) {
        List<Cell> clean = new ArrayList<>();
        for (Cell cell : cells) {
            clean.add(new Cell(oneLine(cell.text()), cell.style()));
        }
        rows.add(clean);
        return this;
    }

    /** Whether there is no row yet. */
    public boolean isEmpty() {
        return rows.isEmpty();
    }

    /** Prints it, titles first. */
    public void print(PrintWriter out, Terminal terminal) {
        lines(terminal.columns(), terminal.colours()).forEach(out::println);
    }

    /** Its lines, titles first: none of them takes more columns than this. */
    public List<String> lines(int room, boolean colours) {
        List<Integer> shown = new ArrayList<>();
        int[] widths = new int[columns.size()];
        for (int i = 0; i < widths.length; i++) {
            shown.add(i);
            widths[i] = Width.of(columns.get(i).title());
            for (List<Cell> row : rows) {
                widths[i] = Math.max(widths[i], Width.of(row.get(i).text()));
            }
        }
        fit(shown, widths, room);
        List<String> lines = new ArrayList<>();
        if (columns.stream().anyMatch(column -> !column.title().isEmpty())) {
            List<Cell> titles = columns.stream()
                    .map(column -> new Cell(column.title(), Style.BOLD))
                    .toList();
            lines.add(line(titles, shown, widths, colours));
        }
        rows.forEach(row -> lines.add(line(row, shown, widths, colours)));
        return lines;
    }

    /** Leaves out and narrows columns until they fit. */
    private void fit(List<Integer> shown, int[] widths, int room) {
        for (int i = columns.size() - 1; i >= 0 && taken(shown, widths) > room; i--) {
            if (columns.get(i).optional() && isBlank(i)) {
                shown.remove((Integer) i);
            }
        }
        int[] full = widths.clone();
        narrow(shown, widths, room, READABLE);
        for (int i = columns.size() - 1; i >= 0 && taken(shown, widths) > room; i--) {
            if (columns.get(i).optional() && shown.remove((Integer) i)) {
                System.arraycopy(full, 0, widths, 0, full.length);
                narrow(shown, widths, room, READABLE);
            }
        }
        narrow(shown, widths, room, LEAST);
        while (shown.size() > 1 && taken(shown, widths) > room) {
            shown.remove(shown.size() - 1);
        }
    }

    private boolean isBlank(int column) {
        return rows.stream().allMatch(row -> row.get(column).text().matches("-?"));
    }

    private static int taken(List<Integer> shown, int[] widths) {
        return shown.stream().mapToInt(i -> widths[i]).sum() + GAP.length() * (shown.size() - 1);
    }

    /** Takes from the widest column, but never makes one narrower than this, nor numbers while they can be read. */
    private void narrow(List<Integer> shown, int[] widths, int room, int least) {
        while (taken(shown, widths) > room) {
            int widest = -1;
            for (int i : shown) {
                boolean fixed = columns.get(i).number() && least == READABLE;
                if (!fixed && widths[i] > least && (widest < 0 || widths[i] >= widths[widest])) {
                    widest = i;
                }
            }
            if (widest < 0) {
                return;
            }
            widths[widest]--;
        }
    }

    private String line(List<Cell> row, List<Integer> shown, int[] widths, boolean colours) {
        StringBuilder line = new StringBuilder();
        for (int at = 0; at < shown.size(); at++) {
            int i = shown.get(at);
            Cell cell = row.get(i);
            String text = Width.cut(cell.text(), widths[i]);
            String space = " ".repeat(Math.max(0, widths[i] - Width.of(text)));
            boolean number = columns.get(i).number();
            line.append(number ? space : "").append(cell.style().of(text, colours));
            if (at < shown.size() - 1) {
                line.append(number ? "" : space).append(GAP);
            }
        }
        return line.toString().stripTrailing();
    }

    /** Stored text may hold line breaks, and sequences that a terminal would obey. */
    static String oneLine(String text) {
        return text.replaceAll("\\s*\\R\\s*", " ⏎ ").replaceAll("\\p{Cntrl}", "?");
    }
}
