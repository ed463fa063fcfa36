package dev.millrace.testkit.transaction;

import dev.millrace.testkit.contract.StoreFixture;
import java.sql.Connection;
import java.sql.SQLException;

/** A place for jobs in a database that the application writes to as well. */
public interface TransactionFixture extends StoreFixture {

    /** A connection of the application's to the database that the jobs are in; as the driver gives it, in auto-commit mode. */
    Connection connect() throws SQLException;

    /** A connection to another database of the same engine. */
    Connection connectElsewhere() throws SQLException;
}
