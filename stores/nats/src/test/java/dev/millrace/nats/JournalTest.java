package dev.millrace.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.spi.Micros;
import dev.millrace.spi.Retention;
import dev.millrace.spi.StoreAddress;
import dev.millrace.spi.StoreUnavailableException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The end of the stream and its way back into memory. */
class JournalTest {
    private NatsPlace place;
    private Link link;

    @BeforeEach
    void connect() {
        place = new NatsPlace(Servers.server().url(), 1);
        place.open(Clock.systemUTC(), Retention.DEFAULT);
        place.shutAll();
        link = Link.open(
                Settings.of(StoreAddress.parse(place.address(Servers.server().url()) + "&timeout=2s")));
    }

    @AfterEach
    void close() {
        link.close();
        place.close();
    }

    @Test
    void a_commit_that_was_drafted_before_another_message_is_not_published() {
        long end = link.info().getStreamState().getLastSequence();
        Journal journal = new Journal(link, UUID.randomUUID(), end);
        Draft early = journal.draft();
        early.put(new byte[10]);
        link.await(journal.lead(new Lead(UUID.randomUUID(), true, "test")));

        assertThatThrownBy(() -> journal.append(early, 0)).isInstanceOf(IllegalStateException.class);

        assertThat(link.info().getStreamState().getLastSequence()).isEqualTo(end + 1);
    }

    @Test
    void what_is_read_ends_with_the_message_that_was_asked_for_and_not_before() {
        Journal journal = new Journal(
                link, UUID.randomUUID(), link.info().getStreamState().getLastSequence());
        link.await(journal.append(note(journal, "one"), 1));
        link.await(journal.append(note(journal, "two"), 2));
        List<String> read = new ArrayList<>();

        Replay.readTo(link, journal.last(), reader(read));

        assertThat(read).containsExactly("one", "two");
        assertThatThrownBy(() -> Replay.readTo(link, journal.last() + 1, reader(new ArrayList<>())))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("end");
        link.await(journal.lead(new Lead(UUID.randomUUID(), true, "test")));
        link.await(journal.append(note(journal, "three"), 3));
        assertThatThrownBy(() -> Replay.readTo(link, journal.last() - 1, reader(new ArrayList<>())))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("lacks");
    }

    private static Draft note(Journal journal, String key) {
        Draft draft = journal.draft();
        draft.entry(new NoteKept("space", key, new byte[] {1}, 1, Micros.NEVER));
        return draft;
    }

    private static Replay.Reader reader(List<String> keys) {
        return new Replay.Reader() {
            @Override
            public void entry(long at, int size, In entry) {
                entry.one();
                keys.add(NoteKept.read(entry).key);
            }

            @Override
            public void revisions(long seen) {
                // How many there were does not matter here.
            }
        };
    }
}
