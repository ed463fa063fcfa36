/** The PostgreSQL store: many workers on one database. */
module dev.millrace.postgres {
    requires com.zaxxer.hikari;
    requires dev.millrace;
    requires java.sql;
    requires static org.checkerframework.checker.qual;
    requires static transitive org.jspecify;
    requires org.postgresql.jdbc;
    requires org.slf4j;

    provides dev.millrace.spi.StoreProvider with
            dev.millrace.postgres.PostgresProvider;
}
