package dev.millrace.internal.stats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Millrace;
import dev.millrace.spi.Notes;
import dev.millrace.spi.RunEnd;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TotalsTest {
    private final Millrace millrace = Millrace.open("memory:");

    @AfterEach
    void close() {
        millrace.close();
    }

    private static Tally tally() {
        Tally tally = new Tally();
        tally.ended(RunEnd.SUCCEEDED);
        tally.ended(RunEnd.SUCCEEDED);
        tally.ended(RunEnd.FAILED);
        tally.ended(RunEnd.RETRIED);
        tally.ended(RunEnd.SNOOZED);
        tally.ran(2_000_000, 4_000_000);
        return tally;
    }

    @Test
    void what_workers_add_at_the_same_time_is_all_there() throws Exception {
        int threads = 4;
        int each = 100;
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Callable<Integer>> tasks = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                tasks.add(() -> {
                    int added = 0;
                    while (added < each) {
                        added += Totals.add(millrace.store(), "mail", tally()) ? 1 : 0;
                    }
                    return added;
                });
            }
            for (var task : pool.invokeAll(tasks)) {
                assertThat(task.get()).isEqualTo(each);
            }
        } finally {
            pool.shutdown();
        }

        Map<String, Tally> totals = Totals.read(millrace.store());

        assertThat(totals).containsOnlyKeys("mail");
        Tally mail = Objects.requireNonNull(totals.get("mail"));
        assertThat(mail.succeeded()).isEqualTo(800);
        assertThat(mail.failed()).isEqualTo(400);
        assertThat(mail.retried()).isEqualTo(400);
        assertThat(mail.work(0).runTime().mean().toMillis()).isEqualTo(2);
        assertThat(mail.work(0).waitTime().p95().toMillis()).isEqualTo(4);
    }

    @Test
    void what_cannot_be_read_counts_as_nothing_and_is_replaced() {
        millrace.store().putNote(Totals.SPACE, "mail", "?".getBytes(StandardCharsets.UTF_8), Notes.ABSENT, null);
        assertThat(Totals.read(millrace.store()).get("mail"))
                .isNotNull()
                .satisfies(tally -> assertThat(tally.isEmpty()).isTrue());

        assertThat(Totals.add(millrace.store(), "mail", tally())).isTrue();

        assertThat(Totals.read(millrace.store()).get("mail"))
                .isNotNull()
                .satisfies(tally -> assertThat(tally.succeeded()).isEqualTo(2));
    }
}
