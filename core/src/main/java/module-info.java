/** The queue: API, worker, and the store interface with its reference implementation in memory. */
@SuppressWarnings("module") // the store and the command that share internal packages are built after this
module dev.millrace {
    requires com.cronutils;
    requires transitive java.sql;
    requires transitive org.jspecify;
    requires org.slf4j;
    requires java.management;
    requires jdk.management;
    requires tools.jackson.databind;
    requires static tools.jackson.dataformat.yaml;

    exports dev.millrace;
    exports dev.millrace.spi;
    exports dev.millrace.internal.flow to
            dev.millrace.nats;
    exports dev.millrace.internal.text to
            dev.millrace.cli;

    uses dev.millrace.spi.StoreProvider;

    provides dev.millrace.spi.StoreProvider with
            dev.millrace.internal.memory.MemoryProvider;
}
