package dev.millrace.postgres;

import dev.millrace.testkit.server.PgBouncer;
import dev.millrace.testkit.transaction.TransactionContract;
import dev.millrace.testkit.transaction.TransactionFixture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The application's own transactions by way of PgBouncer in transaction mode; the store's own connections are straight. */
@Tag("long")
@Execution(ExecutionMode.CONCURRENT)
class PgBouncerTransactionTest extends TransactionContract {
    /** More than the tests leave open at once: a transaction keeps its connection. */
    private static final int CONNECTIONS = 40;

    private static PgBouncer pooler;

    @BeforeAll
    static void startPooler() {
        pooler = PgBouncer.before(Servers.NEW.server(), CONNECTIONS);
    }

    @AfterAll
    static void endPooler() {
        pooler.close();
    }

    @Override
    protected TransactionFixture fixture() {
        return new SharedDatabase(pooler.port());
    }
}
