package dev.millrace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A store that is no SQL database has no part in transactions, and says which stores have. */
class TransactionTest {
    private static final JobType<String, String> ECHO = JobType.of("echo", String.class, String.class);

    /** Nobody may touch it. */
    private static final Connection UNTOUCHED = (Connection) Proxy.newProxyInstance(
            TransactionTest.class.getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, arguments) -> {
                throw new AssertionError(method + " was called");
            });

    @Test
    void a_store_without_transactions_says_which_have_them() {
        try (Millrace millrace = Millrace.open("memory:")) {
            assertThatThrownBy(() -> millrace.inTransaction(UNTOUCHED))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("memory:")
                    .hasMessageContaining("SQLite")
                    .hasMessageContaining("PostgreSQL");
        }
    }

    @Test
    void a_handler_that_settles_in_a_transaction_there_has_failed_with_that_reason() {
        try (Millrace millrace = Millrace.open("memory:");
                Worker worker = millrace.worker()
                        .handle(ECHO, (text, job) -> {
                            job.succeedIn(UNTOUCHED, "done");
                            return text;
                        })
                        .build()) {
            JobHandle<String> handle = millrace.enqueue(ECHO.with("x").retry(RetryPolicy.none()));
            worker.drain();

            assertThatThrownBy(() -> handle.await(Duration.ofSeconds(30)))
                    .isInstanceOf(JobFailedException.class)
                    .hasMessageContaining("UnsupportedOperationException");
            assertThat(handle.state()).isEqualTo(JobState.FAILED);
        }
    }
}
