/** The millrace command. */
module dev.millrace.cli {
    requires HdrHistogram;
    requires dev.millrace;
    requires dev.millrace.sqlite;
    requires info.picocli;
    requires io.nats.jnats;
    requires java.management;
    requires java.sql;
    requires lettuce.core;
    requires me.tongfei.progressbar;
    requires org.jline.terminal;
    requires org.slf4j;
    requires tools.jackson.databind;
    requires tools.jackson.dataformat.yaml; // core reads settings with it

    uses dev.millrace.HandlerModule;

    opens dev.millrace.cli to
            info.picocli;
    opens dev.millrace.cli.bench to
            info.picocli;
    opens dev.millrace.cli.completion to
            info.picocli;
    opens dev.millrace.cli.demo to
            info.picocli;
    opens dev.millrace.cli.each to
            info.picocli,
            tools.jackson.databind;
    opens dev.millrace.cli.locks to
            info.picocli;
    opens dev.millrace.cli.look to
            info.picocli;
    opens dev.millrace.cli.operate to
            info.picocli;
    opens dev.millrace.cli.schedule to
            info.picocli;
    opens dev.millrace.cli.top to
            info.picocli;
    opens dev.millrace.cli.transfer to
            info.picocli;
    opens dev.millrace.cli.workers to
            info.picocli;
    opens dev.millrace.cli.workflow to
            info.picocli;
}
