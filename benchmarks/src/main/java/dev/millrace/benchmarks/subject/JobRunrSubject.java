package dev.millrace.benchmarks.subject;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import java.time.Duration;
import java.util.stream.IntStream;
import org.jobrunr.jobs.mappers.JobMapper;
import org.jobrunr.jobs.states.StateName;
import org.jobrunr.scheduling.JobScheduler;
import org.jobrunr.server.BackgroundJobServer;
import org.jobrunr.server.BackgroundJobServerConfiguration;
import org.jobrunr.storage.StorageProvider;
import org.jobrunr.storage.sql.postgres.PostgresStorageProvider;
import org.jobrunr.utils.mapper.jackson3.Jackson3JsonMapper;
import org.jspecify.annotations.Nullable;

/** JobRunr OSS: its shortest poll interval, more workers than its default, which fetch in larger pages. */
public final class JobRunrSubject implements Subject {
    private static final Duration POLL = Duration.ofSeconds(5);
    private static final int WORKERS = 100;

    private final Jackson3JsonMapper json = new Jackson3JsonMapper();
    private final HikariDataSource pool;
    private final StorageProvider storage;
    private final JobScheduler scheduler;
    private @Nullable BackgroundJobServer worker;

    JobRunrSubject(Server server) {
        this.pool = server.pool(20);
        this.storage = new PostgresStorageProvider(pool);
        storage.setJobMapper(new JobMapper(json));
        this.scheduler = new JobScheduler(storage);
    }

    /** The job. JobRunr names this method in the database. */
    public static void job(String payload) {
        Handled.ran(Handled.number(payload));
    }

    @Override
    public void clear(String place) throws SQLException {
        Server.run(pool, "TRUNCATE jobrunr_jobs");
    }

    @Override
    public void join(String place) {
        // one place for all
    }

    @Override
    public void bulk(int jobs) {
        scheduler.enqueue(IntStream.range(0, jobs).mapToObj(Handled::payload), payload -> JobRunrSubject.job(payload));
    }

    @Override
    public void enqueue(int number) {
        String payload = Handled.payload(number);
        scheduler.enqueue(() -> JobRunrSubject.job(payload));
    }

    @Override
    public void start() {
        worker = new BackgroundJobServer(
                storage,
                json,
                null,
                BackgroundJobServerConfiguration.usingStandardBackgroundJobServerConfiguration()
                        .andPollInterval(POLL)
                        .andWorkerCount(WORKERS));
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
        return Server.number(
                pool,
                "SELECT count(*) FROM jobrunr_jobs WHERE state IN ('" + StateName.ENQUEUED + "', '"
                        + StateName.PROCESSING + "')");
    }

    @Override
    public void close() {
        stop();
        pool.close();
    }
}
