package dev.millrace.cli.exec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobContext;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a program finds in its environment. */
class ProgramTest {
    private static JobContext job(Optional<Instant> tick) {
        Map<String, Object> answers = Map.of(
                "id",
                new UUID(1, 2),
                "kind",
                "report",
                "queue",
                "q",
                "attempt",
                3,
                "scheduledFor",
                tick,
                "workflow",
                Optional.empty());
        return (JobContext) Proxy.newProxyInstance(
                JobContext.class.getClassLoader(),
                new Class<?>[] {JobContext.class},
                (proxy, method, arguments) -> answers.get(method.getName()));
    }

    @Test
    void it_learns_the_tick_of_its_schedule_and_never_that_of_another_job() {
        Map<String, String> environment = new HashMap<>(Map.of("MILLRACE_WORKFLOW", "of a job around the worker"));

        Program.tell(environment, job(Optional.of(Instant.parse("2030-01-31T03:00:00Z"))));

        assertThat(environment)
                .containsEntry("MILLRACE_TICK", "2030-01-31T03:00:00Z")
                .containsEntry("MILLRACE_ATTEMPT", "3")
                .doesNotContainKey("MILLRACE_WORKFLOW");
        Program.tell(environment, job(Optional.empty()));
        assertThat(environment).doesNotContainKey("MILLRACE_TICK");
    }
}
