package dev.millrace.cli.each;

import dev.millrace.Enqueued;
import dev.millrace.JobHandle;
import dev.millrace.JobRequest;
import dev.millrace.JobType;
import dev.millrace.Millrace;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Reads the input and stores its lines, in chunks, as far ahead of the work as the window allows. One thread. */
final class Feed {
    private static final int CHUNK = 500;
    /** For so many lines it waits when there is no room, if that takes no longer than a tick: one by one they cost a call each. */
    private static final int ROOM = 100;

    /** How long a line at least waits that no run takes up again; {@code --keep} is about those that have ended. */
    private static final Duration LEAST_WAIT = Duration.ofDays(30);

    private static final Duration TICK = Duration.ofMillis(100);

    private final Millrace millrace;
    private final JobType<Line.Payload, Line.Result> type;
    private final Duration wait;
    private final Identity identity;
    private final LineHandler.Places places;
    private final LineLedger ledger;
    private final Patience patience;
    private final LineInput input;
    private final Occurrences occurrences = new Occurrences();
    private final List<Line> chunk = new ArrayList<>();
    private long number;

    /** Where lines come from. */
    record Source(InputStream in, int separator) {}

    Feed(
            Millrace millrace,
            JobType<Line.Payload, Line.Result> type,
            Duration keep,
            Identity identity,
            Source source,
            LineHandler.Places places,
            LineLedger ledger,
            Patience patience) {
        this.millrace = millrace;
        this.type = type;
        this.wait = keep.compareTo(LEAST_WAIT) > 0 ? keep : LEAST_WAIT;
        this.identity = identity;
        this.places = places;
        this.ledger = ledger;
        this.patience = patience;
        this.input = new LineInput(source.in(), source.separator(), this::store);
    }

    /** Takes in all lines; returns early when the run breaks off. */
    void run() throws IOException, InterruptedException {
        for (LineInput.Item item = input.next(); item != null && !places.halt().requested(); item = input.next()) {
            if (!reserve()) {
                return;
            }
            int occurrence = occurrences.next(item.text());
            Line line = new Line(number++, item.text(), occurrence, identity.id(item.text(), occurrence));
            places.tally().read();
            if (item instanceof LineInput.Item.Unusable unusable) {
                ledger.refuse(line, unusable.reason());
                continue;
            }
            chunk.add(line);
            if (chunk.size() == CHUNK) {
                store();
            }
        }
        store();
        places.tally().complete();
    }

    /** How many empty lines were left out. */
    long empty() {
        return input.empty();
    }

    /** Makes room for a line; false when the run breaks off. */
    private boolean reserve() throws IOException, InterruptedException {
        if (places.window().reserve()) {
            return true;
        }
        store(); // else no place might ever be free
        do {
            if (places.halt().requested()) {
                return false;
            }
            places.window().awaitRoom(ROOM, TICK);
        } while (!places.window().reserve());
        return true;
    }

    private void store() throws IOException, InterruptedException {
        if (chunk.isEmpty() || places.halt().requested()) {
            return;
        }
        List<JobRequest<Line.Result>> requests = new ArrayList<>();
        for (Line line : chunk) {
            places.window().admit(line);
            requests.add(type.with(line.payload()).id(line.id()).expiresIn(wait));
        }
        List<JobHandle<Line.Result>> handles = patience.insist(() -> millrace.enqueueAll(requests));
        List<Line> known = new ArrayList<>();
        for (int i = 0; i < handles.size(); i++) {
            if (handles.get(i).enqueued() == Enqueued.DUPLICATE) {
                known.add(chunk.get(i));
            }
        }
        if (!known.isEmpty()) {
            ledger.meet(known);
        }
        // Only now may others ask for them: what the store said before was an earlier run's end.
        chunk.forEach(Line::store);
        chunk.clear();
    }
}
