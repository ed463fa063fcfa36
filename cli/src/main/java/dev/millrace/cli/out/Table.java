package dev.millrace.cli.out;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** A plain table that fits the terminal: columns as wide as what is in them, and the last one cut where the line ends. */
public final class Table {
    private static final String GAP = "  ";
    private static final int LEAST_LAST = 10;

    private final List<Column> columns;
    private final List<List<Cell>> rows = new ArrayList<>();

    private record Column(String title, boolean number) {}

    /** Text, and how it looks. */
    public record Cell(String text, Style style) {
        /** Plain text. */
        public static Cell of(String text) {
            return new Cell(text, Style.PLAIN);
        }
    }

    /** @param titles of the columns; one that begins with ">" is of numbers, and stands at the right */
    public Table(String... titles) {
        List<Column> all = new ArrayList<>();
        for (String title : titles) {
            boolean number = title.startsWith(">");
            all.add(new Column(number ? title.substring(1) : title, number));
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
        int[] widths = widths(terminal.columns());
        List<Cell> titles = columns.stream()
                .map(column -> new Cell(column.title(), Style.BOLD))
                .toList();
        if (columns.stream().anyMatch(column -> !column.title().isEmpty())) {
            print(out, titles, widths, terminal.colours());
        }
        for (List<Cell> row : rows) {
            print(out, row, widths, terminal.colours());
        }
    }

    private int[] widths(int room) {
        int[] widths = new int[columns.size()];
        for (int i = 0; i < widths.length; i++) {
            widths[i] = columns.get(i).title().length();
            for (List<Cell> row : rows) {
                widths[i] = Math.max(widths[i], width(row.get(i).text()));
            }
        }
        int taken = GAP.length() * (widths.length - 1);
        for (int i = 0; i < widths.length - 1; i++) {
            taken += widths[i];
        }
        int last = widths.length - 1;
        int left = room - taken;
        // Columns that are too wide for the terminal give way, the widest first.
        while (left < Math.min(LEAST_LAST, widths[last]) && last > 0) {
            int widest = 0;
            for (int i = 1; i < last; i++) {
                widest = widths[i] > widths[widest] ? i : widest;
            }
            if (widths[widest] <= LEAST_LAST) {
                break;
            }
            widths[widest]--;
            left++;
        }
        widths[last] = Math.min(widths[last], Math.max(left, LEAST_LAST));
        return widths;
    }

    private void print(PrintWriter out, List<Cell> row, int[] widths, boolean colours) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            Cell cell = row.get(i);
            String text = cut(cell.text(), widths[i]);
            String space = " ".repeat(Math.max(0, widths[i] - width(text)));
            boolean number = columns.get(i).number();
            line.append(number ? space : "").append(cell.style().of(text, colours));
            if (i < widths.length - 1) {
                line.append(number ? "" : space).append(GAP);
            }
        }
        out.println(line.toString().stripTrailing());
    }

    private static String cut(String text, int width) {
        return width(text) <= width
                ? text
                : text.substring(0, text.offsetByCodePoints(0, Math.max(0, width - 1))) + "…";
    }

    private static int width(String text) {
        return text.codePointCount(0, text.length());
    }

    /** Stored text may hold line breaks, and sequences that a terminal would obey. */
    static String oneLine(String text) {
        return text.replaceAll("\\s*\\R\\s*", " ⏎ ").replaceAll("\\p{Cntrl}", "?");
    }
}
