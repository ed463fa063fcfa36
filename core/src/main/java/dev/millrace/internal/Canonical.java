package dev.millrace.internal;

import dev.millrace.Failure;
import dev.millrace.JobState;
import dev.millrace.Progress;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.LogLine;
import dev.millrace.spi.Notes.Note;
import dev.millrace.spi.RunRecord;
import dev.millrace.spi.Transfer.Item;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An item as bytes that are the same in every engine. What may differ between a store and a true copy of it is left out or made
 * alike, and it is this and nothing else:
 *
 * <ul>
 *   <li>SCHEDULED, READY and RUNNING are one state: which of the first two follows from the due time, and a RUNNING job comes
 *       as READY, its attempt refunded, without its session, start and cancel request
 *   <li>a note's revision, which is larger in the copy, and how long a note still lives
 *   <li>times and spans beyond 10,000 years, which are as good as never
 *   <li>U+0000 in texts, in whose place PostgreSQL keeps U+FFFD; payloads, results and steps are bytes and kept as they are
 *   <li>the order of tags, of metadata and of steps, which have none
 * </ul>
 */
final class Canonical {
    private static final String WAITING = "WAITING";
    /** As far off as any engine keeps a time. */
    private static final long MOST_MICROS = 300_000_000_000_000_000L;

    private static final long MOST_SECONDS = MOST_MICROS / 1_000_000;
    private static final int ABSENT = -1;

    private byte[] bytes = new byte[1_024];
    private int size;

    /** The item's bytes: a view, good until the next call. */
    Canonical of(Item item) {
        size = 0;
        if (item instanceof Item.Job job) {
            put(job);
        } else {
            put((Item.Noted) item);
        }
        return this;
    }

    byte[] bytes() {
        return bytes;
    }

    int size() {
        return size;
    }

    /** Where an unfinished job stands; its due time says the rest. */
    static boolean waits(JobState state) {
        return state == JobState.SCHEDULED || state == JobState.READY || state == JobState.RUNNING;
    }

    private void put(Item.Noted noted) {
        Note note = noted.note();
        text(note.space());
        text(note.key());
        blob(note.value());
        whole(noted.timeToLive() == null ? 0 : 1);
    }

    private void put(Item.Job item) {
        JobRecord job = item.job();
        JobRecord.Run run = job.run();
        JobRecord.Times times = job.times();
        boolean ran = job.state() == JobState.RUNNING;
        spec(job.spec());
        // A place in a group is for the store to give.
        boolean waits = waits(job.state()) || job.gate() == JobRecord.Gate.GROUP;
        text(waits ? WAITING : job.state().name());
        text(waits || job.gate() == null ? null : job.gate().name());
        text(job.cancelReason() == null ? null : job.cancelReason().name());
        whole(run.token());
        whole(ran ? run.attempt() - 1 : run.attempt());
        whole(run.snoozes());
        whole(run.rescues());
        Progress progress = run.progress();
        whole(progress.done());
        whole(progress.total());
        text(progress.message());
        time(times.createdAt());
        time(times.dueAt());
        time(times.expiresAt());
        time(ran ? null : times.startedAt());
        time(times.finishedAt());
        time(times.keepUntil());
        whole(times.delay() == null ? ABSENT : times.delay().toMillis());
        blob(job.result());
        failure(job.failure());
        runs(item.trail().runs());
        whole(item.trail().log().size());
        for (LogLine line : item.trail().log()) {
            time(line.at());
            text(line.text());
        }
        whole(item.parents().size());
        for (Dependency dependency : item.parents()) {
            whole(dependency.parent().job().getMostSignificantBits());
            whole(dependency.parent().job().getLeastSignificantBits());
            text(dependency.parent().wish().name());
            text(dependency.verdict() == null ? null : dependency.verdict().name());
        }
        Map<String, byte[]> steps = new TreeMap<>(item.trail().steps());
        whole(steps.size());
        steps.forEach((name, value) -> {
            text(name);
            blob(value);
        });
    }

    private void spec(JobSpec spec) {
        whole(spec.id().getMostSignificantBits());
        whole(spec.id().getLeastSignificantBits());
        text(spec.kind());
        text(spec.queue());
        whole(spec.priority());
        blob(spec.payload());
        text(spec.options());
        List<String> tags = new ArrayList<>(spec.labels().tags());
        tags.sort(null);
        whole(tags.size());
        tags.forEach(this::text);
        Map<String, String> meta = new TreeMap<>(spec.labels().meta());
        whole(meta.size());
        meta.forEach((name, value) -> {
            text(name);
            text(value);
        });
        text(spec.keys().encode());
        Duration keep = spec.keepFor();
        whole(
                keep == null
                        ? ABSENT
                        : keep.getSeconds() >= MOST_SECONDS
                                ? MOST_MICROS
                                : keep.getSeconds() * 1_000_000 + keep.getNano() / 1_000);
    }

    private void runs(List<RunRecord> runs) {
        whole(runs.size());
        for (RunRecord run : runs) {
            whole(run.token());
            whole(run.attempt());
            text(run.worker());
            time(run.startedAt());
            time(run.endedAt());
            text(run.end().name());
            failure(run.failure());
        }
    }

    private void failure(@Nullable Failure failure) {
        text(failure == null ? null : failure.type());
        if (failure != null) {
            text(failure.message());
            text(failure.stack());
        }
    }

    private void time(@Nullable Instant time) {
        whole(
                time == null
                        ? Long.MAX_VALUE
                        : time.getEpochSecond() >= MOST_SECONDS
                                ? MOST_MICROS
                                : time.getEpochSecond() <= -MOST_SECONDS
                                        ? -MOST_MICROS
                                        : time.getEpochSecond() * 1_000_000 + time.getNano() / 1_000);
    }

    private void text(@Nullable String text) {
        blob(text == null ? null : text.replace('\0', '\uFFFD').getBytes(StandardCharsets.UTF_8));
    }

    private void blob(byte @Nullable [] value) {
        whole(value == null ? ABSENT : value.length);
        if (value != null) {
            reserve(value.length);
            System.arraycopy(value, 0, bytes, size, value.length);
            size += value.length;
        }
    }

    private void whole(long value) {
        reserve(Long.BYTES);
        for (int shift = 56; shift >= 0; shift -= 8) {
            bytes[size++] = (byte) (value >>> shift);
        }
    }

    private void reserve(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
        }
    }
}
