package dev.millrace.sqlite;

import dev.millrace.spi.Labels;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Labels as bytes: the number of tags, the tags, the number of metadata entries, their names and values; each number four
 * bytes, each text its length in UTF-8 and the UTF-8.
 */
final class Packed {
    private Packed() {}

    static byte[] labels(Labels labels) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(labels.tags().size());
            for (String tag : new TreeSet<>(labels.tags())) {
                write(out, tag);
            }
            out.writeInt(labels.meta().size());
            for (Map.Entry<String, String> entry : new TreeMap<>(labels.meta()).entrySet()) {
                write(out, entry.getKey());
                write(out, entry.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static Labels labels(byte[] bytes) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            Set<String> tags = new HashSet<>();
            for (int left = in.readInt(); left > 0; left--) {
                tags.add(read(in));
            }
            Map<String, String> meta = new HashMap<>();
            for (int left = in.readInt(); left > 0; left--) {
                meta.put(read(in), read(in));
            }
            return new Labels(tags, meta);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(DataOutputStream out, String text) throws IOException {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(utf8.length);
        out.write(utf8);
    }

    private static String read(DataInputStream in) throws IOException {
        return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
    }
}
