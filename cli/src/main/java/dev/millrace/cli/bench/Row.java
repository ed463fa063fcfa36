package dev.millrace.cli.bench;

/** One line of the bench: something that is measured. */
interface Row {

    /** Its name, for {@code --only}. */
    String name();

    /** What is measured, in a few words. */
    String what();

    /** Measures it. */
    Result measure(Setting setting) throws Exception;
}
