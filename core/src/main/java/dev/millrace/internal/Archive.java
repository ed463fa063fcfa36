package dev.millrace.internal;

import dev.millrace.MillraceException;
import dev.millrace.spi.Store;
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
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A store's content as a file: gzip of lines of JSON. The first names the format, the last tells how many items there are, so
 * a file that was cut off is noticed; gzip's checksum notices the rest.
 */
public final class Archive {
    private static final Logger LOG = LoggerFactory.getLogger(Archive.class);
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
        } finally {
            dropQuietly(part);
        }
    }

    /** Removes what a failed backup leaves. */
    private static void dropQuietly(Path part) {
        try {
            Files.deleteIfExists(part);
        } catch (IOException e) {
            LOG.warn("{} could not be deleted; it is of no use: {}", part, e.toString());
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
            ExportReader reader = new ExportReader(store);
            while (!reader.ended()) {
                for (Item item : reader.next()) {
                    line(out, ArchiveJson.write(item));
                    items++;
                    jobs += item instanceof Item.Job ? 1 : 0;
                }
            }
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
     * Stores what a file holds, once it was read to its end and found whole.
     *
     * @return how many items were new
     */
    public static long read(Store store, Path file) {
        pages(file, items -> {});
        AtomicLong taken = new AtomicLong();
        pages(file, items -> taken.addAndGet(store.importItems(items)));
        return taken.get();
    }

    /** Reads a file to its end, page by page. */
    private static void pages(Path file, Consumer<List<Item>> page) {
        long lines = 0;
        try (BufferedReader in = new BufferedReader(new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(file), 1 << 16), StandardCharsets.UTF_8))) {
            checkHeader(in.readLine(), file);
            List<Item> items = new ArrayList<>();
            JsonNode node = next(in);
            for (; !node.has("end"); node = next(in)) {
                lines++;
                items.add(ArchiveJson.read(node));
                if (items.size() == PAGE) {
                    page.accept(List.copyOf(items));
                    items.clear();
                }
            }
            checkEnd(in, node, lines);
            page.accept(items);
        } catch (IOException | JacksonException | IllegalArgumentException | DateTimeException e) {
            throw new MillraceException(
                    "the backup " + file + " is no backup, or is damaged beyond item " + lines
                            + ", so nothing of it was stored: " + e.getMessage(),
                    e);
        }
    }

    private static JsonNode next(BufferedReader in) throws IOException {
        String line = in.readLine();
        if (line == null) {
            throw new EOFException("it ends without its last line: it was cut off");
        }
        return JSON.readTree(line);
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

    /** Reading on to the end of the file is what makes gzip compare its checksum. */
    private static void checkEnd(BufferedReader in, JsonNode end, long lines) throws IOException {
        long expected = end.path("end").asLong(-1);
        if (expected != lines) {
            throw new EOFException("it says that it holds " + expected + " items, and has " + lines);
        }
        if (in.readLine() != null) {
            throw new IOException("it goes on after its last line");
        }
    }
}
