/** The SQLite store: one file on one machine. */
module dev.millrace.sqlite {
    requires dev.millrace;
    requires java.sql;
    requires static transitive org.jspecify;
    requires org.slf4j;
    requires org.xerial.sqlitejdbc;

    provides dev.millrace.spi.StoreProvider with
            dev.millrace.sqlite.SqliteProvider;
}
