package dev.millrace.benchmarks.postgres;

import java.util.List;

/** Something that is measured, for {@code --only}. */
interface Row {
    /** Its name. */
    String name();

    /** Measures it for those who take part. */
    List<Scores> measure(Bench bench, List<Contestant> contestants) throws Exception;
}
