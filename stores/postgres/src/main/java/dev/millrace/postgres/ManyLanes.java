package dev.millrace.postgres;

/**
 * How a claim among many lanes finds what comes first: it reads about as much as it claims, however many lanes there were ever,
 * and however deep those are that have jobs.
 *
 * <p>The lanes that have jobs are found by jumps through the index: to the first lane in it from a wanted one on, and from there
 * to the next wanted one. Of those with the best heads, no more than jobs are claimed, an even share is read of each. What is
 * the last of those that would be claimed by then bounds what may come first: only of lanes whose share was used up within that
 * bound is more read, eight times as much each time, and at last as much as is claimed.
 */
final class ManyLanes {
    /** Each round reads this many times as much of a lane as the one before. */
    private static final int GROWTH = 8;

    private static final String WALK = """
            walk AS (
              SELECT (SELECT j.lane FROM @job AS j WHERE j.state = 2 AND j.RESCUES
                AND j.lane >= (SELECT lanes[1] FROM p) ORDER BY j.lane LIMIT 1) AS lane
              UNION ALL
              SELECT (SELECT j.lane FROM @job AS j WHERE j.state = 2 AND j.RESCUES
                AND j.lane >= (SELECT lanes[width_bucket(walk.lane, lanes) + 1] FROM p) ORDER BY j.lane LIMIT 1)
              FROM walk WHERE walk.lane IS NOT NULL),
            filled AS MATERIALIZED (SELECT walk.lane FROM walk, p WHERE lanes[width_bucket(walk.lane, lanes)] = walk.lane)
            """;
    private static final String READ = """
            SELECT ctid AS place, priority, due, seq FROM @job WHERE state = 2 AND rescues = 0 AND lane = w.lane
              AND priority >= (SELECT floor FROM p) AND (expires IS NULL OR expires > (SELECT now FROM t))
            ORDER BY priority DESC, due, seq OFFSET FROM_ROW LIMIT MOST""";
    private static final String ROUND = """
            read# AS MATERIALIZED (
              SELECT w.lane, f.* FROM SOURCE AS w CROSS JOIN LATERAL (
                SELECT g.*, row_number() OVER () AS nth FROM (READ) AS g) AS f)
            """;
    private static final String MORE = """
            bound# AS MATERIALIZED (
              SELECT * FROM (ALL) AS r ORDER BY priority DESC, due, seq OFFSET (SELECT most - 1 FROM p) LIMIT 1),
            more# AS MATERIALIZED (SELECT r.lane FROM read# AS r WHERE r.nth = MOST AND NOT EXISTS (
              SELECT 1 FROM bound# AS b WHERE (-b.priority::bigint, b.due, b.seq) < (-r.priority::bigint, r.due, r.seq)))
            """;
    private static final int ROUNDS = 4;

    /** Ready jobs that were never rescued. Wants the lanes in ascending order, the least priority and how many are to be read. */
    static final String HEADS = heads();

    /** Lanes with rescued jobs, as {@code w}. Wants the lanes in ascending order. */
    static final String STRUCK = filled("rescues > 0");
    /** The same, of jobs that were never rescued. */
    static final String UNSTRUCK = filled("rescues = 0");

    private ManyLanes() {}

    private static String heads() {
        StringBuilder text = new StringBuilder("(SELECT place, priority, due, seq FROM (WITH RECURSIVE"
                + " p AS MATERIALIZED (SELECT ?::int[] AS lanes, ?::int AS floor, ?::bigint AS most), ");
        text.append(WALK.replace("RESCUES", "rescues = 0"));
        text.append(", best AS MATERIALIZED (SELECT w.lane FROM filled AS w CROSS JOIN LATERAL (")
                .append(read("0", "1"))
                .append(") AS head ORDER BY head.priority DESC, head.due, head.seq LIMIT (SELECT most FROM p)), ")
                .append(
                        "share AS MATERIALIZED (SELECT greatest(4, 4 * most / (SELECT greatest(1, count(*)) FROM best))")
                .append(" AS size FROM p)");
        StringBuilder all = new StringBuilder();
        String source = "best";
        int before = 0;
        for (int round = 1, size = 1; round <= ROUNDS; round++, size *= GROWTH) {
            String most = round == ROUNDS ? "(SELECT most FROM p)" : shares(size);
            all.append(round == 1 ? "" : " UNION ALL ").append("SELECT place, priority, due, seq FROM read" + round);
            text.append(", ")
                    .append(numbered(ROUND, round)
                            .replace("SOURCE", source)
                            .replace("READ", read(shares(before), most)));
            if (round < ROUNDS) {
                text.append(", ")
                        .append(numbered(MORE, round).replace("ALL", all).replace("MOST", most));
            }
            source = "more" + round;
            before += size;
        }
        return text.append(all)
                .append(") AS f ORDER BY priority DESC, due, seq)")
                .toString();
    }

    private static String filled(String rescues) {
        return "(WITH RECURSIVE p AS MATERIALIZED (SELECT ?::int[] AS lanes), " + WALK.replace("RESCUES", rescues)
                + " SELECT lane FROM filled) AS w";
    }

    private static String numbered(String text, int round) {
        return text.replace("#", Integer.toString(round));
    }

    private static String shares(int count) {
        return "(SELECT " + count + " * size FROM share)";
    }

    private static String read(String from, String most) {
        return READ.replace("FROM_ROW", from).replace("MOST", most);
    }
}
