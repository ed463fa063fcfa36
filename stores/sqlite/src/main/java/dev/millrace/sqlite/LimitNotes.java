package dev.millrace.sqlite;

import dev.millrace.spi.Notes.Note;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.Rate;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The limits of queues, as the notes have them. Those that groups are let pass by are read in each transaction that asks for them.
 * The rates, which every claim has to know of, are kept from one transaction to the next: a beat and a sweep read them anew, and so
 * does what writes a limit here. So a claim in a store without limits asks nothing.
 */
final class LimitNotes {
    private final Statements sql;
    /** What was decoded, to be decoded again only when the note has another revision. */
    private final Map<String, Known> decoded = new HashMap<>();
    /** What was read in the transaction under way. */
    private final Map<String, QueueLimits> read = new HashMap<>();

    private @Nullable Map<String, Rate> rates;

    private record Known(long revision, QueueLimits limits) {}

    LimitNotes(Statements sql) {
        this.sql = sql;
    }

    /** What is set for a queue. */
    QueueLimits of(String queue, long now) throws SQLException {
        QueueLimits known = read.get(queue);
        if (known != null) {
            return known;
        }
        Optional<Note> note = NotesTable.find(sql, QueueLimits.SPACE, queue, now);
        QueueLimits limits = note.isPresent() ? decode(note.get()) : QueueLimits.NONE;
        read.put(queue, limits);
        return limits;
    }

    /** The queues whose claims have a rate. */
    Map<String, Rate> rates(long now) throws SQLException {
        Map<String, Rate> known = rates;
        if (known == null) {
            known = new HashMap<>();
            for (Note note : NotesTable.all(sql, QueueLimits.SPACE, now)) {
                Rate rate = decode(note).rate();
                if (rate != null) {
                    known.put(note.key(), rate);
                }
            }
            rates = known;
        }
        return known;
    }

    private QueueLimits decode(Note note) {
        Known known = decoded.get(note.key());
        if (known == null || known.revision != note.revision()) {
            QueueLimits limits = QueueLimits.decode(note.value());
            known = new Known(note.revision(), limits == null ? QueueLimits.NONE : limits);
            decoded.put(note.key(), known);
        }
        return known.limits;
    }

    /** The rates are to be read anew. */
    void refresh() {
        rates = null;
    }

    /** A limit was written, or a transaction has ended with an error: nothing that was read counts any more. */
    void forget() {
        read.clear();
        rates = null;
    }

    /** The transaction is over. */
    void ended() {
        read.clear();
    }
}
