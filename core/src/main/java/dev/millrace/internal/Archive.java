package dev.millrace.internal;

import dev.millrace.MillraceException;
import dev.millrace.TransferProgress;
import dev.millrace.TransferProgress.Phase;
import dev.millrace.spi.JobCount;
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
 * A store's content as a file: gzip of lines of JSON. The first names the format, the last tells how many items there are and
 * their {@link Digest}, so a file that was cut off or changed is noticed; gzip's checksum notices the rest.
 */
public final class Archive {
    private static final Logger LOG = LoggerFactory.getLogger(Archive.class);
    private static final int FORMAT = 1;
    /** What is stored at once: so many items, or about so many characters of them. */
    private static final int PAGE = 2_000;

    private static final long PAGE_TEXT = 8 * 1_048_576;
    private static final JsonMapper JSON = JsonMapper.shared();

    private Archive() {}

    /**
     * Writes everything that a store holds.
     *
     * @return how many jobs it holds
     */
    public static long write(Store store, Path file, Consumer<TransferProgress> watcher) {
        Path target = file.toAbsolutePath();
        Path part = target.resolveSibling(target.getFileName() + ".part");
        try {
            long jobs = writePart(store, part, watcher);
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

    private static long writePart(Store store, Path part, Consumer<TransferProgress> watcher) throws IOException {
        long total = store.counts().stream().mapToLong(JobCount::count).sum();
        Digest digest = new Digest();
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
                    digest.add(item);
                }
                watcher.accept(new TransferProgress(Phase.COPYING, digest.items(), total));
            }
            ObjectNode footer = JSON.createObjectNode();
            footer.put("end", digest.items());
            footer.put("digest", digest.hex());
            line(out, footer);
        }
        return digest.jobs();
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
    public static long read(Store store, Path file, Consumer<TransferProgress> watcher) {
        AtomicLong checked = new AtomicLong();
        pages(
                file,
                "so nothing of it was stored",
                items -> watcher.accept(new TransferProgress(Phase.CHECKING, checked.addAndGet(items.size()), 0)));
        AtomicLong taken = new AtomicLong();
        AtomicLong done = new AtomicLong();
        pages(
                file,
                "though it was whole a moment ago; what was stored of it stays, and the whole file may be restored over it",
                items -> {
                    taken.addAndGet(store.importItems(items));
                    watcher.accept(new TransferProgress(Phase.COPYING, done.addAndGet(items.size()), checked.get()));
                });
        return taken.get();
    }

    /** Reads a file to its end, page by page. */
    private static void pages(Path file, String consequence, Consumer<List<Item>> page) {
        Digest digest = new Digest();
        try (BufferedReader in = new BufferedReader(new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(file), 1 << 16), StandardCharsets.UTF_8))) {
            checkHeader(in.readLine(), file);
            List<Item> items = new ArrayList<>();
            long text = 0;
            String line = next(in);
            JsonNode node = JSON.readTree(line);
            while (!node.has("end")) {
                Item item = ArchiveJson.read(node);
                digest.add(item);
                items.add(item);
                text += line.length();
                if (items.size() == PAGE || text >= PAGE_TEXT) {
                    page.accept(List.copyOf(items));
                    items.clear();
                    text = 0;
                }
                line = next(in);
                node = JSON.readTree(line);
            }
            checkEnd(in, node, digest);
            page.accept(items);
        } catch (IOException | JacksonException | IllegalArgumentException | DateTimeException e) {
            throw new MillraceException(
                    "the backup " + file + " is no backup, or is damaged beyond item " + digest.items() + ", "
                            + consequence + ": " + e.getMessage(),
                    e);
        }
    }

    private static String next(BufferedReader in) throws IOException {
        String line = in.readLine();
        if (line == null) {
            throw new EOFException("it ends without its last line: it was cut off");
        }
        return line;
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
    private static void checkEnd(BufferedReader in, JsonNode end, Digest digest) throws IOException {
        long expected = end.path("end").asLong(-1);
        if (expected != digest.items()) {
            throw new EOFException("it says that it holds " + expected + " items, and has " + digest.items());
        }
        String sum = end.path("digest").asString(digest.hex());
        if (!sum.equals(digest.hex())) {
            throw new IOException("its items do not have the digest that it says, " + sum);
        }
        if (in.readLine() != null) {
            throw new IOException("it goes on after its last line");
        }
    }
}
