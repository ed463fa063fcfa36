package dev.millrace.redis;

import dev.millrace.Failure;
import dev.millrace.Progress;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Labels;
import dev.millrace.spi.LogLine;
import dev.millrace.spi.Micros;
import dev.millrace.spi.RunRecord;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What is stored once and read back by this store's Java side only: the scripts never look inside. */
final class Specs {
    /** Payloads above this lie apart, so that scripts need not handle them. */
    static final int LARGE = 4 * 1024;

    /** Longer than any keep-for that is meant seriously: 10,000 years. */
    private static final long FOREVER_SECONDS = 10_000L * 366 * 86_400;

    private static final byte[] NOTHING = {};

    /** That the keys are there as text; other bits said so of what the first layout had. */
    private static final int KEYS = 8;

    private Specs() {}

    static byte[] bytes(JobSpec spec) {
        boolean large = spec.payload().length > LARGE;
        Pack out = new Pack(64 + (large ? 0 : spec.payload().length));
        Duration keepFor = spec.keepFor();
        String keys = spec.keys().encode();
        int has = (keepFor == null ? 0 : 1) | (keys.isEmpty() ? 0 : KEYS);
        out.u8(has).text(spec.kind()).text(spec.queue()).text(spec.options());
        out.sized(large ? NOTHING : spec.payload());
        out.u16(spec.labels().tags().size());
        spec.labels().tags().forEach(out::text);
        out.u16(spec.labels().meta().size());
        spec.labels().meta().forEach((name, value) -> out.text(name).text(value));
        if (keepFor != null) {
            out.i64(keepFor.getSeconds()).u32(keepFor.getNano());
        }
        if (!keys.isEmpty()) {
            out.text(keys);
        }
        return out.bytes();
    }

    /** The spec, with the priority that the job has now and the payload that lies apart, if it does. */
    static JobSpec spec(UUID id, int priority, byte[] bytes, byte @Nullable [] large) {
        Unpack in = new Unpack(bytes);
        int has = in.u8();
        String kind = in.text();
        String queue = in.text();
        String options = in.text();
        byte[] payload = in.sized();
        Set<String> tags = new HashSet<>();
        for (int left = in.u16(); left > 0; left--) {
            tags.add(in.text());
        }
        Map<String, String> meta = new LinkedHashMap<>();
        for (int left = in.u16(); left > 0; left--) {
            meta.put(in.text(), in.text());
        }
        Duration keepFor = (has & 1) == 0 ? null : Duration.ofSeconds(in.i64(), in.u32());
        Keys keys = (has & KEYS) == 0 ? firstKeys(has, in) : Keys.decode(in.text());
        Labels labels = tags.isEmpty() && meta.isEmpty() ? Labels.NONE : new Labels(tags, meta);
        return new JobSpec(id, kind, queue, priority, large == null ? payload : large, options, labels, keys, keepFor);
    }

    /** The keys as the first layout had them: a group that nothing came of, and a unique key. */
    private static Keys firstKeys(int has, Unpack in) {
        if ((has & 2) != 0) {
            in.text();
            in.u32();
        }
        return (has & 4) == 0 ? Keys.NONE : Keys.NONE.withUnique(Keys.Unique.of(in.text()));
    }

    /** The payload if it lies apart, otherwise nothing. */
    static byte[] large(JobSpec spec) {
        return spec.payload().length > LARGE ? spec.payload() : NOTHING;
    }

    /** How long the job asks to be kept, in microseconds. */
    static long keepFor(JobSpec spec) {
        return spec.keepFor() == null ? Micros.NEVER : micros(spec.keepFor());
    }

    /** A duration in microseconds; one beyond 10,000 years as that. */
    static long micros(Duration duration) {
        return Math.min(duration.toSeconds(), FOREVER_SECONDS) * 1_000_000L + duration.toNanosPart() / 1_000;
    }

    /** The name of a lane: kind and queue. */
    static byte[] lane(String kind, String queue) {
        byte[] text = Pack.utf8(kind);
        return new Pack(64).u16(text.length).raw(text).raw(Pack.utf8(queue)).bytes();
    }

    /** The name of a unique key: kind and key. */
    static byte[] unique(JobSpec spec) {
        String key = spec.keys().uniqueKey();
        return key == null ? NOTHING : lane(spec.kind(), key);
    }

    static byte[] bytes(Failure failure) {
        return new Pack(128)
                .text(failure.type())
                .text(failure.message())
                .text(failure.stack())
                .bytes();
    }

    static @Nullable Failure failure(byte @Nullable [] bytes) {
        if (bytes == null || bytes.length == 0) {
            return null;
        }
        Unpack in = new Unpack(bytes);
        return new Failure(in.text(), in.text(), in.text());
    }

    static byte[] bytes(Progress progress) {
        return new Pack(64)
                .i64(progress.done())
                .i64(progress.total())
                .text(progress.message())
                .bytes();
    }

    static Progress progress(byte @Nullable [] bytes) {
        if (bytes == null) {
            return Progress.NONE;
        }
        Unpack in = new Unpack(bytes);
        return new Progress(in.i64(), in.i64(), in.text());
    }

    static byte[] bytes(LogLine line) {
        return new Pack(128)
                .u32(line.text().length())
                .i64(Micros.of(line.at()))
                .text(line.text())
                .bytes();
    }

    static LogLine line(byte[] bytes) {
        Unpack in = new Unpack(bytes);
        in.u32();
        return new LogLine(Micros.instant(in.i64()), in.text());
    }

    static byte[] bytes(RunRecord run) {
        byte[] worker = Pack.utf8(run.worker());
        return new Pack(128)
                .whole(run.token())
                .u8(Codes.of(run.end()))
                .u32(run.attempt())
                .micros(Micros.of(run.startedAt()))
                .micros(Micros.of(run.endedAt()))
                .u16(worker.length)
                .raw(worker)
                .raw(run.failure() == null ? NOTHING : bytes(run.failure()))
                .bytes();
    }

    static RunRecord run(byte[] bytes) {
        Unpack in = new Unpack(bytes);
        long token = in.whole();
        int end = in.u8();
        int attempt = in.u32();
        long startedAt = in.micros();
        long endedAt = in.micros();
        String worker = Unpack.utf8(in.raw(in.u16()));
        return new RunRecord(
                token,
                attempt,
                worker,
                Micros.instant(startedAt),
                Micros.instant(endedAt),
                Codes.end(end),
                failure(in.rest()));
    }
}
