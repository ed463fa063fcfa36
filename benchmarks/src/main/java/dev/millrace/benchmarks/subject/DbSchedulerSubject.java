package dev.millrace.benchmarks.subject;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * db-scheduler with lock-and-fetch, which its documentation recommends for throughput on PostgreSQL, at 50 threads and a poll
 * each second. Jobs that ran are deleted.
 */
final class DbSchedulerSubject implements Subject {
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final int THREADS = 50;
    /** The table as its documentation has it for PostgreSQL, which it does not make itself. */
    private static final String[] TABLES = {
        """
        CREATE TABLE IF NOT EXISTS scheduled_tasks (
          task_name text NOT NULL,
          task_instance text NOT NULL,
          task_data bytea,
          execution_time timestamptz NOT NULL,
          picked boolean NOT NULL,
          picked_by text,
          last_success timestamptz,
          last_failure timestamptz,
          consecutive_failures int,
          last_heartbeat timestamptz,
          version bigint NOT NULL,
          priority smallint,
          PRIMARY KEY (task_name, task_instance)
        )""",
        "CREATE INDEX IF NOT EXISTS execution_time_idx ON scheduled_tasks (execution_time)",
        "CREATE INDEX IF NOT EXISTS last_heartbeat_idx ON scheduled_tasks (last_heartbeat)"
    };

    private static final OneTimeTask<String> NOOP = Tasks.oneTime("noop", String.class)
            .execute((instance, context) -> Handled.ran(Handled.number(instance.getData())));

    private final HikariDataSource pool;
    private final SchedulerClient client;
    private @Nullable Scheduler worker;

    DbSchedulerSubject(Server server) throws SQLException {
        this.pool = server.pool(20);
        Server.run(pool, TABLES);
        this.client = SchedulerClient.Builder.create(pool, NOOP).build();
    }

    @Override
    public void clear(String place) throws SQLException {
        Server.run(pool, "TRUNCATE scheduled_tasks");
    }

    @Override
    public void join(String place) {
        // one place for all
    }

    @Override
    public void bulk(int jobs) {
        Stream<TaskInstance<?>> instances = IntStream.range(0, jobs).mapToObj(DbSchedulerSubject::instance);
        client.scheduleBatch(instances, Instant.now());
    }

    @Override
    public void enqueue(int number) {
        client.scheduleIfNotExists(instance(number), Instant.now());
    }

    private static TaskInstance<String> instance(int number) {
        return NOOP.instance(UUID.randomUUID().toString(), Handled.payload(number));
    }

    @Override
    public void start() {
        worker = Scheduler.create(pool, NOOP)
                .threads(THREADS)
                .pollingInterval(POLL)
                .pollUsingLockAndFetch(1.0, 4.0)
                .build();
        worker.start();
    }

    @Override
    public void stop() {
        if (worker != null) {
            worker.stop();
            worker = null;
        }
    }

    @Override
    public long unfinished() throws SQLException {
        return Server.number(pool, "SELECT count(*) FROM scheduled_tasks");
    }

    @Override
    public void close() {
        stop();
        pool.close();
    }
}
