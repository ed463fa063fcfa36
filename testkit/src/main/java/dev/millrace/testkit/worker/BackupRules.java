package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.JobHandle;
import dev.millrace.JobInfo;
import dev.millrace.JobState;
import dev.millrace.Millrace;
import dev.millrace.MillraceException;
import dev.millrace.PermanentFailure;
import dev.millrace.TypeRef;
import dev.millrace.spi.Notes;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.testkit.Faults.Call;
import dev.millrace.testkit.contract.Books;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Everything out into a file, everything in from it. */
abstract class BackupRules extends WorkerPart {
    @TempDir
    Path folder;

    private Path file() {
        return folder.resolve("backup.millrace");
    }

    /** Jobs in all states but RUNNING, and notes. */
    private List<JobHandle<?>> fill() {
        List<JobHandle<?>> handles = new ArrayList<>();
        handles.add(millrace.enqueue(
                ECHO.with("hello").tag("a", "b").meta("locale", "en").keepFor(Duration.ofDays(3))));
        handles.add(millrace.enqueue(ECHO.with("bad").priority(-1)));
        build(worker().handle(ECHO, (text, job) -> {
                    job.log("a line about %s", text);
                    job.progress(1, 2, "half");
                    if (text.equals("bad")) {
                        throw new PermanentFailure("it is bad");
                    }
                    return text + "!";
                }))
                .drain();
        handles.add(
                millrace.enqueue(WORK.with(1).uniqueKey("key").queue("other").serial("customer:7")));
        handles.add(millrace.enqueue(WORK.with(2).in(Duration.ofDays(1)).expiresIn(Duration.ofDays(2))));
        handles.add(millrace.enqueue(WORK, 3));
        handles.get(4).cancel();
        millrace.queue("mail").pause();
        store.putNote("a space", "a key", "a value".getBytes(StandardCharsets.UTF_8), Notes.ABSENT, null);
        return handles;
    }

    @Test
    void what_was_backed_up_is_restored_as_it_was() throws Exception {
        List<JobHandle<?>> handles = fill();
        assertThat(millrace.backup(file())).isEqualTo(5);
        Millrace restored = elsewhere();

        assertThat(restored.restore(file())).isEqualTo(7);

        for (JobHandle<?> handle : handles) {
            JobInfo before = handle.info();
            JobInfo after = restored.job(handle.id()).orElseThrow();
            assertThat(after.record()).usingRecursiveComparison().isEqualTo(before.record());
            assertThat(restored.store().trail(handle.id()))
                    .usingRecursiveComparison()
                    .isEqualTo(store.trail(handle.id()));
        }
        assertThat(restored.handle(ECHO, handles.get(0).id()).await(PATIENCE)).isEqualTo("hello!");
        assertThat(restored.queue("mail").paused()).isTrue();
        assertThat(restored.store().note("a space", "a key").orElseThrow().value())
                .asString()
                .isEqualTo("a value");
        assertThat(Books.faults(restored.store())).isEmpty();
    }

    @Test
    void restoring_again_changes_nothing() {
        fill();
        millrace.backup(file());
        Millrace restored = elsewhere();
        restored.restore(file());

        assertThat(restored.restore(file())).isZero();
        assertThat(millrace.restore(file())).isZero();

        assertThat(restored.jobs().count()).isEqualTo(5);
    }

    @Test
    void what_was_running_runs_again_after_a_restore() throws Exception {
        Gate gate = new Gate();
        start(worker().handle(ECHO, (text, job) -> {
            gate.pass();
            return text;
        }));
        JobHandle<String> handle = millrace.enqueue(ECHO, "hello");
        gate.awaitArrivals(1);
        millrace.backup(file());
        gate.open();
        Millrace restored = elsewhere();

        restored.restore(file());

        assertThat(restored.job(handle.id()).orElseThrow().state()).isEqualTo(JobState.READY);
        assertThat(restored.job(handle.id()).orElseThrow().attempt()).isZero();
        start(hasty(restored).handle(ECHO, (text, job) -> text + " again"));
        assertThat(restored.handle(ECHO, handle.id()).await(PATIENCE)).isEqualTo("hello again");
    }

    @Test
    void many_jobs_go_through_page_by_page() {
        enqueueWork(3_500);
        assertThat(millrace.backup(file())).isEqualTo(3_500);
        Millrace restored = elsewhere();

        assertThat(restored.restore(file())).isEqualTo(3_500);

        Set<Integer> ran = ConcurrentHashMap.newKeySet();
        start(hasty(restored).handle(WORK, (number, job) -> {
            ran.add(number);
            return number;
        }));
        until("all ran", () -> ran.size() == 3_500);
    }

    @Test
    void a_truncated_file_is_refused_wherever_it_was_cut() throws Exception {
        enqueueWork(200);
        millrace.backup(file());
        byte[] whole = Files.readAllBytes(file());

        for (int length : new int[] {0, 5, whole.length / 2, whole.length - 9, whole.length - 1}) {
            Files.write(file(), Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> elsewhere().restore(file()))
                    .as("cut to %d of %d bytes", length, whole.length)
                    .isInstanceOf(MillraceException.class)
                    .hasMessageContaining("backup.millrace");
        }
    }

    @Test
    void a_damaged_file_is_refused() throws Exception {
        enqueueWork(200);
        millrace.backup(file());
        byte[] bytes = Files.readAllBytes(file());
        bytes[bytes.length / 2] ^= 0x10;
        Files.write(file(), bytes);

        assertThatThrownBy(() -> elsewhere().restore(file())).isInstanceOf(MillraceException.class);
    }

    @Test
    void a_file_that_was_changed_and_packed_again_is_refused() throws Exception {
        enqueueWork(20);
        millrace.backup(file());
        String text;
        try (InputStream in = new GZIPInputStream(Files.newInputStream(file()))) {
            text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file()))) {
            out.write(text.replaceFirst("\"priority\":0", "\"priority\":7").getBytes(StandardCharsets.UTF_8));
        }
        Millrace restored = elsewhere();

        assertThatThrownBy(() -> restored.restore(file()))
                .isInstanceOf(MillraceException.class)
                .hasMessageContainingAll("digest", "nothing of it was stored");

        assertThat(restored.jobs().count()).isZero();
    }

    @Test
    void a_foreign_file_is_refused_and_so_is_none() throws Exception {
        Files.writeString(file(), "Dear diary,\n");
        assertThatThrownBy(() -> millrace.restore(file())).isInstanceOf(MillraceException.class);

        for (String text : List.of("Dear diary,\n", "{\"a\":1}\n", "[]\n", "\n", "")) {
            try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file()))) {
                out.write(text.getBytes(StandardCharsets.UTF_8));
            }
            assertThatThrownBy(() -> millrace.restore(file()))
                    .as("a file of %s", text)
                    .isInstanceOf(MillraceException.class);
        }

        assertThatThrownBy(() -> millrace.restore(folder.resolve("none"))).isInstanceOf(MillraceException.class);
        assertThat(millrace.jobs().count()).isZero();
    }

    @Test
    void a_backup_of_a_newer_format_is_refused_with_what_to_do() throws Exception {
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file()))) {
            out.write("{\"millrace\":99}\n{\"end\":0}\n".getBytes(StandardCharsets.UTF_8));
        }

        assertThatThrownBy(() -> millrace.restore(file()))
                .isInstanceOf(MillraceException.class)
                .hasMessageContaining("format 99")
                .hasMessageContaining("newer");
    }

    @Test
    void a_backup_that_fails_leaves_the_one_before_it() throws Exception {
        enqueueWork(1);
        millrace.backup(file());
        byte[] before = Files.readAllBytes(file());
        enqueueWork(1);
        faults().failBefore(Call.EXPORT_PAGE, 1);

        assertThatThrownBy(() -> millrace.backup(file())).isInstanceOf(StoreUnavailableException.class);

        assertThat(Files.readAllBytes(file())).isEqualTo(before);
        try (var left = Files.list(folder)) {
            assertThat(left).containsExactly(file());
        }
        assertThatThrownBy(
                        () -> millrace.backup(folder.resolve("no such folder").resolve("backup")))
                .isInstanceOf(MillraceException.class);
    }

    @Test
    void a_payload_is_restored_byte_by_byte() {
        String text = "grüße, \u0001 \uD83D\uDE00 \"quoted\" \\ and a null \u0000";
        JobHandle<String> handle = millrace.enqueue(ECHO, text);
        millrace.backup(file());
        Millrace restored = elsewhere();

        restored.restore(file());

        assertThat(restored.job(handle.id()).orElseThrow().payload(TypeRef.of(String.class)))
                .isEqualTo(text);
    }
}
