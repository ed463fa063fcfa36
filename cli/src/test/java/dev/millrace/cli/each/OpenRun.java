package dev.millrace.cli.each;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.cli.out.Terminal;
import dev.millrace.testkit.FaultyStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** The parts of a run on a store in memory, without the worker: tests say what ends. */
final class OpenRun implements AutoCloseable {
    static final Duration KEEP = Duration.ofDays(1);
    static final JobType<Line.Payload, Line.Result> TYPE = JobType.of("each", Line.Payload.class, Line.Result.class);
    static final int WINDOW = 1_000;

    private final Identity identity = Identity.of("", new Template.Words(List.of("true")));
    private final Window window = new Window(WINDOW);
    private final Millrace inner = Millrace.open("memory:");
    private final FaultyStore store = new FaultyStore(inner.store());
    private final Millrace millrace = Millrace.builder(store).open();
    private final LineHandler.Places places;
    private final Patience patience;
    private final LineLedger ledger;

    OpenRun(Path folder) throws IOException {
        ByteArrayOutputStream shown = new ByteArrayOutputStream();
        Screen screen = new Screen(
                new Terminal(new ByteArrayInputStream(new byte[0]), shown, shown, false, false, false, 80, Map.of()));
        places = new LineHandler.Places(
                window,
                Spool.in(folder),
                screen,
                new Delivery.AsTheyEnd(new Printer.Plain(screen), window),
                new LineTally(folder.resolve("failures")),
                new Halt());
        patience = new Patience(places.halt(), screen);
        ledger = new LineLedger(millrace, places, patience, LineLedger.Replay.NOTHING);
    }

    Millrace millrace() {
        return millrace;
    }

    FaultyStore store() {
        return store;
    }

    LineHandler.Places places() {
        return places;
    }

    Window window() {
        return window;
    }

    LineLedger ledger() {
        return ledger;
    }

    /** The id of a line that stands in the input once. */
    UUID id(String text) {
        return identity.id(text, 1);
    }

    /** Takes in these lines, on a thread of its own. */
    CompletableFuture<Void> feed(String lines) {
        ByteArrayInputStream in = new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8));
        Feed feed = new Feed(millrace, TYPE, KEEP, identity, new Feed.Source(in, '\n'), places, ledger, patience);
        return CompletableFuture.runAsync(() -> {
            try {
                feed.run();
            } catch (IOException | InterruptedException e) {
                throw new CompletionException(e);
            }
        });
    }

    /** The line ends here, and the store is to be asked. */
    void end(String text, Line.Ending ending) {
        Line line = window.find(id(text));
        assertThat(line).isNotNull();
        line.end(ending);
        window.ended(line);
    }

    @Override
    public void close() {
        places.halt().request();
        places.spool().close();
        millrace.close();
        inner.close();
    }
}
