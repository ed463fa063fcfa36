package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.DataForm;
import dev.millrace.EncryptionKeys;
import dev.millrace.JobHandle;
import dev.millrace.JobInfo;
import dev.millrace.JobState;
import dev.millrace.Millrace;
import dev.millrace.RetryPolicy;
import dev.millrace.Serializer;
import dev.millrace.TypeRef;
import dev.millrace.Worker;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Compressed and encrypted data: what is stored tells nothing, and outlives changes of the setting. */
abstract class SealingRules extends WorkerPart {
    private static final EncryptionKeys K1 = EncryptionKeys.of("k1", new byte[32]);
    private static final TypeRef<String> TEXT = TypeRef.of(String.class);

    private Millrace with(Serializer serializer) {
        return Millrace.builder(store).serializer(serializer).open();
    }

    private static void assertTellsNothing(byte[] data) {
        assertThat(DataForm.of(data)).isInstanceOf(DataForm.Encrypted.class);
        assertThat(new String(data, StandardCharsets.ISO_8859_1)).doesNotContain("confidential");
    }

    @Test
    void payload_step_and_result_are_stored_encrypted_and_read_again() throws Exception {
        Millrace sealing = with(Serializer.json().compressed(100).encrypted(K1));
        List<byte[]> steps = new CopyOnWriteArrayList<>();
        AtomicInteger actions = new AtomicInteger();
        start(hasty(sealing).handle(ECHO, (text, job) -> {
            String step = job.once("step", String.class, () -> "confidential step " + actions.incrementAndGet());
            if (job.attempt() == 1) {
                throw new IllegalStateException("once more");
            }
            steps.addAll(store.trail(job.id()).steps().values());
            return text + ", " + step;
        }));

        String text = "confidential ".repeat(100);
        JobHandle<String> handle = sealing.enqueue(
                ECHO.with(text).retry(RetryPolicy.fixed(Duration.ofMillis(1)).attempts(2)));

        assertThat(handle.await(PATIENCE)).isEqualTo(text + ", confidential step 1");
        var record = handle.info().record();
        assertTellsNothing(record.spec().payload());
        assertThat(record.spec().payload()).hasSizeLessThan(200);
        assertThat(record.result()).isNotNull().satisfies(SealingRules::assertTellsNothing);
        assertThat(steps).singleElement().satisfies(SealingRules::assertTellsNothing);
    }

    @Test
    void a_job_whose_key_is_not_here_fails_untouched_and_can_be_retried_once_it_is() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        JobHandle<String> handle = with(Serializer.json().encrypted(K1)).enqueue(ECHO, "confidential");
        byte[] before = handle.info().record().spec().payload();
        Worker keyless = start(worker().handle(ECHO, (text, job) -> {
            runs.incrementAndGet();
            return text;
        }));

        JobInfo failed = awaitState(handle, JobState.FAILED);
        keyless.close();

        assertThat(failed.failure().orElseThrow().message()).contains("\"k1\"", "no keys", "untouched");
        assertThat(failed.record().spec().payload()).isEqualTo(before);
        assertThat(millrace.job(handle.id()).orElseThrow().payloadForm())
                .asString()
                .startsWith("encrypted, key k1, ");
        assertThat(runs).hasValue(0);
        Millrace rotated = with(Serializer.json()
                .encrypted(EncryptionKeys.of("k2", "AAECAwQFBgcICQoLDA0ODw==").and("k1", new byte[32])));
        start(hasty(rotated).handle(ECHO, (text, job) -> text));
        assertThat(rotated.jobs().ids(Set.of(handle.id())).retryAll()).isEqualTo(1);
        assertThat(rotated.handle(ECHO, handle.id()).await(PATIENCE)).isEqualTo("confidential");
    }

    @Test
    void jobs_of_every_setting_that_there_was_run_side_by_side() throws Exception {
        Collection<JobHandle<String>> handles = new ArrayList<>();
        String text = "hello ".repeat(300);
        Millrace newest = with(Serializer.json().compressed(50).encrypted(K1));
        for (Millrace each : List.of(millrace, with(Serializer.json().compressed(50)), newest)) {
            handles.add(newest.handle(ECHO, each.enqueue(ECHO, text).id()));
        }

        start(hasty(newest).handle(ECHO, (payload, job) -> payload + "again"));

        for (JobHandle<String> handle : handles) {
            assertThat(handle.await(PATIENCE)).isEqualTo(text + "again");
            assertThat(newest.job(handle.id()).orElseThrow().payload(TEXT)).isEqualTo(text);
        }
    }
}
