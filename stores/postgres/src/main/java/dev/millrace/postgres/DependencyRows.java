package dev.millrace.postgres;

import dev.millrace.spi.Dependency;
import dev.millrace.spi.Parent;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.UUID;

/** Looks at what jobs wait, or waited, for. */
final class DependencyRows {
    private static final String READ = """
            SELECT child, parent, queue, wish, verdict FROM @dependency WHERE child = ANY (?) ORDER BY child, place
            """;

    private DependencyRows() {}

    /** Those of each child in their order. */
    static List<Dependency> of(Sql sql, Collection<UUID> children) throws SQLException {
        return sql.rows(
                READ,
                row -> {
                    Long verdict = Sql.longOrNull(row, 5);
                    return new Dependency(
                            Sql.uuid(row, 1),
                            new Parent(Sql.uuid(row, 2), Sql.textOrEmpty(row, 3), Codes.wish(row.getInt(4))),
                            verdict == null ? null : Codes.verdict(verdict.intValue()));
                },
                (Object) Job.sorted(children));
    }
}
