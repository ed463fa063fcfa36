package dev.millrace.nats;

import dev.millrace.spi.JobSpec;
import java.util.HashMap;
import java.util.Map;

/**
 * What no decision needs of what a producer said. Stored once.
 *
 * @param options how to run it
 * @param meta names and values that the handler can read
 * @param payload what to do
 */
record Body(String options, Map<String, String> meta, byte[] payload) {
    static byte[] of(JobSpec spec) {
        byte[] payload = spec.payload();
        Out out = new Out(payload.length + spec.options().length() + 16);
        out.text(spec.options()).number(spec.labels().meta().size());
        spec.labels().meta().forEach((name, value) -> out.text(name).text(value));
        return out.raw(payload, 0, payload.length).toBytes();
    }

    static Body read(byte[] bytes) {
        In in = new In(bytes);
        String options = in.text();
        Map<String, String> meta = new HashMap<>();
        for (int left = in.small(); left > 0; left--) {
            meta.put(in.text(), in.text());
        }
        return new Body(options, meta, in.rest());
    }
}
