package dev.millrace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.spi.Store;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How often the store is asked. */
class StoreCallsTest {
    private static final JobType<Integer, Integer> WORK = JobType.of("work", Integer.class, Integer.class);

    /** Those of the test's own thread. */
    private final List<String> calls = new ArrayList<>();

    private final Thread test = Thread.currentThread();

    /** A store in memory whose calls are written down, with the first argument or how many it holds. */
    private Millrace open() {
        Store real = Millrace.builder("memory:").open().store();
        Store watched = (Store) Proxy.newProxyInstance(
                StoreCallsTest.class.getClassLoader(), new Class<?>[] {Store.class}, (proxy, method, arguments) -> {
                    if (Thread.currentThread().equals(test)) {
                        Object first = arguments == null || arguments.length == 0 ? "" : arguments[0];
                        calls.add(method.getName() + " " + (first instanceof Collection<?> all ? all.size() : first));
                    }
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        return Millrace.builder(watched).open();
    }

    private long count(String call) {
        return calls.stream().filter(call::equals).count();
    }

    private static Worker failing(Millrace millrace) {
        return millrace.worker()
                .handle(WORK, (number, job) -> {
                    throw new IllegalStateException("broken");
                })
                .build();
    }

    @Test
    void a_failed_workflows_state_is_known_by_the_first_that_failed() {
        try (Millrace millrace = open()) {
            Workflow workflow = Workflow.named("wide");
            IntStream.range(0, 350).forEach(i -> workflow.add(WORK.with(i).retry(RetryPolicy.none())));
            WorkflowHandle handle = millrace.submit(workflow);
            try (Worker worker = failing(millrace)) {
                assertThat(worker.drain()).isEqualTo(350);
            }
            calls.clear();

            assertThat(handle.state()).isEqualTo(WorkflowState.FAILED);
            assertThat(count("get 100")).isEqualTo(1);
            assertThat(count("get 50")).isZero();
        }
    }

    @Test
    void a_workflows_info_reads_head_and_members_once() {
        try (Millrace millrace = open()) {
            Workflow workflow = Workflow.named("one");
            workflow.add(WORK.with(1));
            WorkflowHandle handle = millrace.submit(workflow);
            calls.clear();

            WorkflowInfo info = handle.info();

            assertThat(info.state()).isEqualTo(WorkflowState.RUNNING);
            assertThat(info.counts().total()).isEqualTo(1);
            assertThat(info.endedAt()).isEmpty();
            assertThat(count("get 1")).isEqualTo(1);
            assertThat(count("parents 1")).isEqualTo(1);
        }
    }

    @Test
    void running_one_job_after_the_other_does_not_read_schedules_before_each() {
        try (Millrace millrace = open();
                Worker worker = failing(millrace)) {
            IntStream.range(0, 20).forEach(i -> millrace.enqueue(WORK.with(i).retry(RetryPolicy.none())));
            IntStream.range(0, 20).forEach(i -> assertThat(worker.runOne()).isTrue());
            assertThat(count("notes schedule")).isZero();

            assertThat(worker.runOne()).isFalse();
            assertThat(count("notes schedule")).isEqualTo(1);
        }
    }
}
