/** The millrace command. */
module dev.millrace.cli {
    requires HdrHistogram;
    requires dev.millrace;
    requires dev.millrace.sqlite;
    requires info.picocli;
    requires io.nats.jnats;
    requires java.sql;
    requires lettuce.core;
    requires me.tongfei.progressbar;
    requires org.slf4j;
    requires tools.jackson.databind;

    uses dev.millrace.HandlerModule;

    opens dev.millrace.cli to
            info.picocli;
    opens dev.millrace.cli.bench to
            info.picocli;
    opens dev.millrace.cli.demo to
            info.picocli;
    opens dev.millrace.cli.each to
            info.picocli,
            tools.jackson.databind;
}
