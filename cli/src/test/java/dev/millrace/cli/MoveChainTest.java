package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobHandle;
import dev.millrace.JobState;
import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.MoveReport;
import dev.millrace.PermanentFailure;
import dev.millrace.Worker;
import dev.millrace.spi.Notes;
import dev.millrace.testkit.server.NatsServer;
import dev.millrace.testkit.server.PostgresServer;
import dev.millrace.testkit.server.RedisServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Jobs that go from engine to engine and come back as they were. With {@code -Dmillrace.long=true} they are a million (50,000
 * through NATS), and each hop's time is printed.
 */
@Timeout(3_600)
class MoveChainTest {
    private static final boolean LONG = Boolean.getBoolean("millrace.long");
    private static final JobType<String, String> MAIL = JobType.of("send-mail", String.class, String.class);
    private static final JobType<String, String> THUMB = JobType.of("thumb", String.class, String.class);

    @TempDir
    Path folder;

    @Test
    void through_postgresql_redis_and_memory_and_back() {
        try (PostgresServer postgres = PostgresServer.system(PostgresServer.Durability.PROCESS_DEATH);
                RedisServer redis = RedisServer.system(folder)) {
            chain(LONG ? 1_000_000 : 3_000, postgres.url(), redis.address(), "memory:");
        }
    }

    @Test
    void through_nats_and_back() {
        try (NatsServer nats = NatsServer.start(folder)) {
            chain(LONG ? 50_000 : 3_000, nats.url());
        }
    }

    private void chain(int jobs, String... through) {
        try (Millrace first = Millrace.open("sqlite:" + folder.resolve("first.db"))) {
            fill(first, jobs);
            String digest = hop(first, through, 0);
            try (Millrace last = Millrace.open("sqlite:" + folder.resolve("last.db"))) {
                assertThat(last.moveTo(first).digest()).isEqualTo(digest);
                assertThat(Claims.first(last.store(), "default", "send-mail", 500))
                        .isEqualTo(Claims.first(first.store(), "default", "send-mail", 500))
                        .hasSize(500);
                assertThat(last.queue("reports").paused()).isTrue();
                assertThat(last.store().verify()).isEmpty();
            }
        }
    }

    /** Moves from one place to the next, and from the last back to a file; each move compares the two. */
    private String hop(Millrace from, String[] through, int place) {
        boolean last = place == through.length;
        try (Millrace to = Millrace.open(last ? "sqlite:" + folder.resolve("last.db") : through[place])) {
            MoveReport report = from.moveTo(to);
            String name =
                    from.store().info().engine() + " -> " + to.store().info().engine();
            assertThat(report.taken()).as(name).isEqualTo(report.jobs() + report.notes());
            assertThat(report.others()).as(name).isZero();
            if (LONG) {
                System.out.printf(
                        "%s: %,d jobs in %.1f s, %,.0f/s with comparison, digest %s%n",
                        name,
                        report.jobs(),
                        report.took().toMillis() / 1_000.0,
                        report.jobs() * 1_000.0 / Math.max(1, report.took().toMillis()),
                        report.digest());
            }
            if (last) {
                return report.digest();
            }
            String digest = hop(to, through, place + 1);
            assertThat(digest).as(name).isEqualTo(report.digest());
            return digest;
        }
    }

    /** Mostly plain jobs that wait; some of every other sort. */
    private static void fill(Millrace millrace, int jobs) {
        try (Worker worker = millrace.worker()
                .handle(THUMB, (text, job) -> {
                    for (int i = text.equals("picture 0") ? 0 : 79; i < 80; i++) {
                        job.log("a line about %s: %s", text, "ü".repeat(1_000)); // 80 of them are more than is kept
                    }
                    job.progress(1, 2, "half");
                    job.once("charge", String.class, () -> "charged " + text);
                    if (text.endsWith("7")) {
                        throw new IllegalStateException("try again");
                    }
                    if (text.endsWith("9")) {
                        throw new PermanentFailure("it is bad");
                    }
                    return text + "!";
                })
                .build()) {
            millrace.enqueueAll(IntStream.range(0, jobs / 100)
                    .mapToObj(i -> THUMB.with("picture " + i).queue("images").tag("t" + i % 5))
                    .toList());
            worker.drain();
        }
        millrace.enqueueEach(IntStream.range(0, jobs - jobs / 100).mapToObj(i -> {
            var request = MAIL.with("{\"to\":\"someone" + i + "@example.org\"}").priority(i % 100 == 0 ? 5 : 0);
            return switch (i % 50) {
                case 0 -> request.uniqueKey("key " + i).tag("tenant:" + i % 7);
                case 1 -> request.in(Duration.ofDays(2)).queue("reports");
                case 2 -> request.meta("locale", "de").keepFor(Duration.ofDays(90));
                case 3 -> request.expiresIn(Duration.ofDays(9)).serial("customer:" + i % 11);
                default -> request;
            };
        }));
        List<JobHandle<?>> cancelled = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            cancelled.add(millrace.enqueue(MAIL, "to be cancelled " + i));
        }
        cancelled.forEach(JobHandle::cancel);
        millrace.queue("reports").pause();
        millrace.store().putNote("a space", "lasting", new byte[] {1}, Notes.ABSENT, null);
        millrace.store().putNote("a space", "fleeting", new byte[] {2}, Notes.ABSENT, Duration.ofDays(1));
        assertThat(millrace.stats().count(JobState.FAILED)).isPositive();
    }
}
