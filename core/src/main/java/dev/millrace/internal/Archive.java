package dev.millrace.internal;

import dev.millrace.MillraceException;
import dev.millrace.spi.Store;
import dev.millrace.spi.Transfer.ExportPage;
import dev.millrace.spi.Transfer.Item;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A store's content as a file: gzip of lines of JSON. The first names the format, the last tells how many items there are, so
 * a file that was cut off is noticed; gzip's checksum notices the rest.
 */
public final class Archive {
    private static final int FORMAT = 1;
    private static final int PAGE = 1_000;
    private static final JsonMapper JSON = JsonMapper.shared();

    private Archive() {}

    /**
     * Writes everything that a store holds.
     *
     * @return how many jobs it holds
     */
    public static long write(Store store, Path file) {
        Path target = file.toAbsolutePath();
        Path part = target.resolveSibling(target.getFileName() + ".part");
        try {
            long jobs = writePart(store, part);
            try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Files.move(part, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            return jobs;
        } catch (IOException e) {
            throw new MillraceException(
                    "the backup " + target + " could not be written, and what was there before is untouched: " + e, e);
        }
    }

    private static long writePart(Store store, Path part) throws IOException {
        long jobs = 0;
        long items = 0;
        try (Writer out = new BufferedWriter(new OutputStreamWriter(
                new GZIPOutputStream(Files.newOutputStream(part), 1 << 16), StandardCharsets.UTF_8))) {
            ObjectNode header = JSON.createObjectNode();
            header.put("millrace", FORMAT);
            header.put("engine", store.info().engine());
            header.put("at", store.now().toString());
            line(out, header);
            String cursor = null;
            do {
                ExportPage page = store.exportPage(cursor, PAGE);
                for (Item item : page.items()) {
                    line(out, ArchiveJson.write(item));
                    items++;
                    jobs += item instanceof Item.Job ? 1 : 0;
                }
                cursor = page.next();
            } while (cursor != null);
            ObjectNode footer = JSON.createObjectNode();
            footer.put("end", items);
            line(out, footer);
        }
        return jobs;
    }

    private static void line(Writer out, JsonNode node) throws IOException {
        out.write(JSON.writeValueAsString(node));
        out.write('\n');
    }

    /**
     * Stores what a file holds.
     *
     * @return how many items were new
     */
    public static long read(Store store, Path file) {
        long lines = 0;
        long taken = 0;
        try (BufferedReader in = new BufferedReader(new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(file), 1 << 16), StandardCharsets.UTF_8))) {
            checkHeader(in.readLine(), file);
            List<Item> chunk = new ArrayList<>();
            while (true) {
                String line = in.readLine();
                if (line == null) {
                    throw new EOFException("it ends without its last line: it was cut off");
                }
                JsonNode node = JSON.readTree(line);
                if (node.has("end")) {
                    checkEnd(node, lines);
                    return taken + store.importItems(chunk);
                }
                lines++;
                chunk.add(ArchiveJson.read(node));
                if (chunk.size() == PAGE) {
                    taken += store.importItems(chunk);
                    chunk.clear();
                }
            }
        } catch (IOException | JacksonException | IllegalArgumentException e) {
            throw new MillraceException(
                    "the backup " + file + " cannot be read beyond item " + lines + ", and " + taken
                            + " new items before that were stored (reading it again is harmless): " + e.getMessage(),
                    e);
        }
    }

    private static void checkHeader(@Nullable String line, Path file) {
        JsonNode header = line == null ? JSON.missingNode() : JSON.readTree(line);
        int format = header.path("millrace").asInt(0);
        if (format == 0) {
            throw new IllegalArgumentException(file + " is not a backup of Millrace");
        }
        if (format > FORMAT) {
            throw new IllegalArgumentException("it has format " + format + ", and this version reads up to " + FORMAT
                    + ": use the version of Millrace that wrote it, or a newer one");
        }
    }

    private static void checkEnd(JsonNode end, long lines) throws EOFException {
        long expected = end.path("end").asLong(-1);
        if (expected != lines) {
            throw new EOFException("it says that it holds " + expected + " items, and has " + lines);
        }
    }
}
