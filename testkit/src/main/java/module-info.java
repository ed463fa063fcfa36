/** What tests of jobs and of stores need: the contracts of stores and workers, a clock moved by hand, a JUnit extension. */
module dev.millrace.testkit {
    requires transitive dev.millrace;
    requires transitive org.junit.jupiter.api;
    requires static transitive org.jspecify;
    requires org.assertj.core;
    requires org.junit.jupiter.params;

    exports dev.millrace.testkit;
    exports dev.millrace.testkit.contract;
    exports dev.millrace.testkit.fault;
    exports dev.millrace.testkit.server;
    exports dev.millrace.testkit.transaction;
    exports dev.millrace.testkit.worker;

    opens dev.millrace.testkit.contract to
            org.junit.platform.commons;
    opens dev.millrace.testkit.fault to
            org.junit.platform.commons;
    opens dev.millrace.testkit.transaction to
            org.junit.platform.commons;
    opens dev.millrace.testkit.worker to
            org.junit.platform.commons;

    uses dev.millrace.spi.StoreProvider;
}
