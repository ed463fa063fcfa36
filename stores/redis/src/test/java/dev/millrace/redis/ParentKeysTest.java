package dev.millrace.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.JobState;
import dev.millrace.spi.Keys.Conflict;
import dev.millrace.spi.Keys.Scope;
import dev.millrace.spi.Keys.Unique;
import dev.millrace.spi.MissingParentException;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.SessionDriver;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Jobs and what they wait for come in one call, and the key of the latter is held; keys are homed in each of the partitions. */
class ParentKeysTest {
    private static final int KEYS = 6;

    private final ThreeParts parts = new ThreeParts();

    @AfterEach
    void close() {
        parts.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_parent_takes_the_key_of_one_that_runs_and_comes_with_its_child(boolean apart) {
        SessionDriver session = parts.driver.session();
        for (int i = 0; i < KEYS; i++) {
            for (String lives : List.of(parts.one, parts.other)) {
                Unique rule = rule(lives + i, Conflict.REPLACE);
                JobDraft holder = Jobs.work().queue(lives).unique(rule);
                parts.driver.enqueue(holder);
                session.take(holder.id());
                JobDraft parent = Jobs.work().queue(parts.one).unique(rule);
                JobDraft child = Jobs.work().queue(childsQueue(apart)).after(parent);

                parts.driver.enqueue(List.of(parent, child));

                assertThat(parts.driver.state(parent.id())).isEqualTo(JobState.READY);
                assertThat(parts.driver.state(child.id())).isEqualTo(JobState.BLOCKED);
                parts.driver.cancel(parent.id());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_parent_whose_key_is_held_refuses_the_call_and_nothing_is_changed(boolean apart) {
        for (int i = 0; i < KEYS; i++) {
            for (Conflict conflict : List.of(Conflict.SKIP, Conflict.REPLACE)) {
                for (String lives : List.of(parts.one, parts.other)) {
                    Unique rule = rule(lives + i + conflict, conflict);
                    JobDraft holder = Jobs.work().queue(lives).priority(3).unique(rule);
                    parts.driver.enqueue(holder);
                    JobDraft parent = Jobs.work().queue(parts.one).priority(7).unique(rule);
                    JobDraft child = Jobs.work().queue(childsQueue(apart)).after(parent);

                    assertThatThrownBy(() -> parts.driver.enqueue(List.of(parent, child)))
                            .isInstanceOf(MissingParentException.class);

                    assertThat(parts.driver.exists(parent.id())).isFalse();
                    assertThat(parts.driver.exists(child.id())).isFalse();
                    assertThat(parts.driver.job(holder.id()).spec().priority()).isEqualTo(3);
                }
            }
        }
    }

    private String childsQueue(boolean apart) {
        return apart ? parts.other : parts.one;
    }

    private static Unique rule(String key, Conflict conflict) {
        return new Unique(key, conflict, Scope.UNFINISHED, Duration.ZERO);
    }
}
