package dev.millrace.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobHandle;
import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.testkit.server.RedisServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that forgets its scripts again and again, as one does that was restarted or took over. */
class ForgottenScriptsTest {
    private static final JobType<Integer, Integer> STEP = JobType.of("step", Integer.class, Integer.class);

    @TempDir
    Path folder;

    @Test
    void scripts_forgotten_under_load_cost_no_job_and_no_second_run() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        try (RedisServer server = RedisServer.oldest(folder);
                Millrace millrace = Millrace.open(server.address())) {
            assertThat(millrace.worker()
                            .handle(STEP, (number, job) -> {
                                runs.incrementAndGet();
                                return number;
                            })
                            .start())
                    .isNotNull();
            List<JobHandle<Integer>> handles = new ArrayList<>();
            for (int i = 0; i < 1_000; i++) {
                if (i % 10 == 0) {
                    server.ask("SCRIPT FLUSH");
                }
                handles.add(millrace.enqueue(STEP, i));
            }
            for (int i = 0; i < handles.size(); i++) {
                assertThat(handles.get(i).await(Duration.ofSeconds(30))).isEqualTo(i);
            }
        }
        assertThat(runs).hasValue(1_000);
    }
}
