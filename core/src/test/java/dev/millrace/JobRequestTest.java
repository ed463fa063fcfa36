package dev.millrace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.millrace.internal.RunOptions;
import dev.millrace.spi.Due;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Labels;
import dev.millrace.spi.NewJob;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class JobRequestTest {
    private static final UUID ID = UUID.fromString("018f0000-0000-7000-8000-000000000001");
    private static final byte[] PAYLOAD = {1};
    private static final JobType<String, Void> MAIL = JobType.of("mail", String.class);

    private final JobRequest<Void> request = MAIL.with("hi");

    @Test
    void a_plain_request_is_a_plain_job_that_is_due_now() {
        NewJob job = request.toNewJob(ID, PAYLOAD, PAYLOAD);

        assertThat(job).isEqualTo(NewJob.now(JobSpec.plain(ID, "mail", "default", PAYLOAD)));
    }

    @Test
    void everything_said_reaches_the_store() {
        RetryPolicy retry = RetryPolicy.fixed(Duration.ofSeconds(1));

        NewJob job = request.queue("q")
                .priority(10)
                .in(Duration.ofMinutes(5))
                .uniqueKey("u")
                .serial("s")
                .tag("t1", "t2")
                .tag("t3")
                .meta("a", "1")
                .meta("b", "")
                .expiresAt(Instant.parse("2030-01-01T00:00:00Z"))
                .timeout(Duration.ofSeconds(30))
                .retry(retry)
                .keepFor(Duration.ofDays(1))
                .toNewJob(ID, PAYLOAD, PAYLOAD);

        String options = new RunOptions(Duration.ofSeconds(30), retry).encode();
        assertThat(job)
                .isEqualTo(new NewJob(
                        new JobSpec(
                                ID,
                                "mail",
                                "q",
                                10,
                                PAYLOAD,
                                options,
                                new Labels(Set.of("t1", "t2", "t3"), Map.of("a", "1", "b", "")),
                                new Keys(Keys.Unique.of("u"), Keys.Group.serial("s"), null),
                                Duration.ofDays(1)),
                        new Due.After(Duration.ofMinutes(5)),
                        new Due.At(Instant.parse("2030-01-01T00:00:00Z"))));
    }

    @Test
    void what_the_type_says_is_the_default_and_what_the_request_says_wins() {
        JobType<String, Void> type =
                MAIL.queue("slow").timeout(Duration.ofSeconds(9)).priority(3);

        JobSpec job = type.with("hi")
                .queue("fast")
                .retry(RetryPolicy.none())
                .toNewJob(ID, PAYLOAD, PAYLOAD)
                .spec();

        assertThat(job.queue()).isEqualTo("fast");
        assertThat(job.priority()).isEqualTo(3);
        assertThat(RunOptions.decode(job.options()))
                .isEqualTo(new RunOptions(Duration.ofSeconds(9), RetryPolicy.none()));
    }

    @Test
    void an_option_gives_a_copy() {
        request.queue("other").tag("t").uniqueKey("k").in(Duration.ofDays(1)).id(ID);

        assertThat(request.toNewJob(ID, PAYLOAD, PAYLOAD))
                .isEqualTo(MAIL.with("hi").toNewJob(ID, PAYLOAD, PAYLOAD));
        assertThat(request.id()).isEmpty();
        assertThat(request.id(ID).id()).contains(ID);
    }

    @Test
    void of_a_delay_and_a_time_the_last_said_holds() {
        Instant time = Instant.parse("2030-01-01T00:00:00Z");

        assertThat(request.in(Duration.ofDays(1))
                        .at(time)
                        .toNewJob(ID, PAYLOAD, PAYLOAD)
                        .due())
                .isEqualTo(new Due.At(time));
        assertThat(request.expiresAt(time)
                        .expiresIn(Duration.ofDays(1))
                        .toNewJob(ID, PAYLOAD, PAYLOAD)
                        .expiry())
                .isEqualTo(new Due.After(Duration.ofDays(1)));
    }

    @Test
    void a_time_that_no_engine_could_store_is_refused() {
        assertThat(request.at(Instant.EPOCH)).isNotNull();
        assertThat(request.at(Instant.parse("9999-12-31T23:59:59Z"))).isNotNull();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> request.at(Instant.parse("+10000-01-01T00:00:00Z")))
                .withMessageContainingAll("+10000", "milliseconds");
        assertThatIllegalArgumentException().isThrownBy(() -> request.at(Instant.ofEpochSecond(-1)));
        assertThatIllegalArgumentException().isThrownBy(() -> request.expiresAt(Instant.MAX));
        assertThatIllegalArgumentException().isThrownBy(() -> request.in(Duration.ofSeconds(Long.MAX_VALUE)));
        assertThatIllegalArgumentException().isThrownBy(() -> request.expiresIn(Duration.ZERO));
    }

    @Test
    void labels_and_keys_have_limits() {
        String[] tags = IntStream.range(0, 50).mapToObj(n -> "t" + n).toArray(String[]::new);
        JobRequest<Void> full = request.tag(tags);

        assertThat(full.tag("t0")).as("a tag that it has").isNotNull();
        assertThatIllegalArgumentException().isThrownBy(() -> full.tag("t50")).withMessageContaining("51 tags");
        assertThatIllegalArgumentException().isThrownBy(() -> request.tag("x".repeat(201)));
        assertThatIllegalArgumentException().isThrownBy(() -> request.uniqueKey(" "));
        assertThatIllegalArgumentException().isThrownBy(() -> request.serial("x".repeat(201)));
    }

    @Test
    void metadata_has_limits() {
        JobRequest<Void> full = request;
        for (int i = 0; i < 50; i++) {
            full = full.meta("m" + i, "v");
        }
        JobRequest<Void> fifty = full;

        assertThatIllegalArgumentException().isThrownBy(() -> fifty.meta("m50", "v"));
        assertThat(request.meta("m", "x".repeat(8191))).isNotNull();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> request.meta("m", "ü".repeat(4096)))
                .withMessageContaining("8193 bytes");
        assertThat(request.meta("m", "two\nlines")).isNotNull();
        assertThatIllegalArgumentException().isThrownBy(() -> request.meta("m", "a\u0000b"));
    }

    @Test
    void its_text_does_not_give_the_payload_away() {
        assertThat(MAIL.with("secret").tag("t"))
                .hasToString("[mail, default, priority 0, "
                        + "After[delay=PT0S], Labels[tags=[t], meta={}], Ties[unique=null, group=null]]");
    }

    @Test
    void a_debounced_job_has_no_other_due_time_in_whatever_order_they_are_said() {
        Unique rule = Unique.key("u").debounce(Duration.ofSeconds(30));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> request.unique(rule).in(Duration.ofSeconds(5)))
                .withMessageContaining("leave in(…) and at(…)");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> request.at(Instant.parse("2030-01-01T00:00:00Z")).unique(rule));
        assertThat(request.in(Duration.ZERO)
                        .unique(rule)
                        .toNewJob(ID, PAYLOAD, PAYLOAD)
                        .due())
                .isEqualTo(new Due.After(Duration.ofSeconds(30)));
    }

    @Test
    void lengths_of_time_are_told_as_people_write_them() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Unique.key("u").debounce(Duration.ZERO))
                .withMessageContaining("the debounce window is 0 s:");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> request.timeout(Duration.ofSeconds(Long.MIN_VALUE)))
                .withMessageContaining("must be longer than zero");
    }
}
