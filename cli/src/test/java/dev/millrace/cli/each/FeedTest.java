package dev.millrace.cli.each;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.cli.out.Terminal;
import dev.millrace.testkit.FaultyStore;
import dev.millrace.testkit.Faults;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeedTest {
    private static final Duration KEEP = Duration.ofDays(1);
    private static final JobType<Line.Payload, Line.Result> TYPE =
            JobType.of("each", Line.Payload.class, Line.Result.class);

    @TempDir
    Path folder;

    private final Identity identity = Identity.of("", new Template.Words(List.of("true")));
    private final Window window = new Window(1_000);
    private Millrace inner;
    private FaultyStore store;
    private Millrace millrace;
    private LineHandler.Places places;
    private Patience patience;
    private Ledger ledger;

    @BeforeEach
    void open() throws Exception {
        inner = Millrace.open("memory:");
        store = new FaultyStore(inner.store());
        millrace = Millrace.builder(store).open();
        ByteArrayOutputStream shown = new ByteArrayOutputStream();
        Screen screen = new Screen(
                new Terminal(new ByteArrayInputStream(new byte[0]), shown, shown, false, false, false, 80, Map.of()));
        places = new LineHandler.Places(
                window,
                Spool.in(folder),
                screen,
                new Delivery.AsTheyEnd(new Printer.Plain(screen), window),
                new Tally(folder.resolve("failures")),
                new Halt());
        patience = new Patience(places.halt(), screen);
        ledger = new Ledger(millrace, places, patience, Ledger.Replay.NOTHING);
    }

    @AfterEach
    void close() {
        places.halt().request();
        places.spool().close();
        millrace.close();
        inner.close();
    }

    private CompletableFuture<Void> feed(String lines) {
        ByteArrayInputStream in = new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8));
        Feed feed =
                new Feed(millrace, TYPE, KEEP, identity, new Feed.Source(in, '\n'), places, ledger, patience);
        return CompletableFuture.runAsync(() -> {
            try {
                feed.run();
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        });
    }

    @Test
    void an_end_in_an_earlier_run_is_not_taken_for_one_in_this() throws Exception {
        Line.Payload payload = new Line.Payload("a", 1);
        millrace.enqueue(TYPE.with(payload).id(identity.id("a", 1)));
        assertThat(millrace.jobs().kind("each").cancelAll()).isEqualTo(1);

        Faults.Gate met = store.faults().blockReply(Faults.Call.GET);
        CompletableFuture<Void> feed = feed("a\n");
        met.awaitCall();
        ledger.look(window.pending());
        met.open();
        feed.join();
        ledger.look(window.pending());

        assertThat(places.tally().count().failed()).isZero();
        assertThat(millrace.jobs().state(JobState.READY).count()).isEqualTo(1);
    }

    @Test
    void a_line_that_waits_is_not_cancelled_for_a_short_time_of_keeping() {
        feed("a\n").join();

        assertThat(millrace.jobs().kind("each")).singleElement().satisfies(job -> assertThat(job.record()
                        .times()
                        .expiresAt())
                .isAfter(Instant.now().plus(KEEP.multipliedBy(29))));
    }

    @Test
    void the_end_of_a_line_here_outlives_its_job() throws Exception {
        feed("good\nbad\nunknown\n").join();
        end("good", new Line.Ending.Succeeded(new Line.Result(new byte[0], 0)));
        end("bad", new Line.Ending.Failed("exit code 3"));
        millrace.jobs().kind("each").deleteAll();

        ledger.look(window.pending());

        List<String> failures = new ArrayList<>();
        places.tally().forEachFailure(failures::add);
        assertThat(places.tally().count().done()).isEqualTo(1);
        assertThat(failures)
                .hasSize(2)
                .anyMatch(text -> text.contains("exit code 3") && text.contains("bad"))
                .anyMatch(text -> text.contains("deleted") && text.contains("unknown"));
    }

    private void end(String text, Line.Ending ending) {
        Line line = window.find(identity.id(text, 1));
        assertThat(line).isNotNull();
        line.end(ending);
    }
}
