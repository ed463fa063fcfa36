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
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
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

        Replay.readTo(link, journal.last(), reader(read::add));

        assertThat(read).containsExactly("one", "two");
        assertThatThrownBy(() -> Replay.readTo(link, journal.last() + 1, reader(new ArrayList<String>()::add)))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("end");
        link.await(journal.lead(new Lead(UUID.randomUUID(), true, "test")));
        link.await(journal.append(note(journal, "three"), 3));
        assertThatThrownBy(() -> Replay.readTo(link, journal.last() - 1, reader(new ArrayList<String>()::add)))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("lacks");
    }

    @Test
    void a_server_that_has_not_got_what_the_others_have_is_waited_for() {
        Journal journal = new Journal(
                link, UUID.randomUUID(), link.info().getStreamState().getLastSequence());
        link.await(journal.append(note(journal, "one"), 1));
        List<String> read = new ArrayList<>();

        Replay.readTo(link, journal.last() + 1, reader(key -> {
            read.add(key);
            if (key.equals("one")) {
                CompletableFuture<Void> unused = journal.append(note(journal, "two"), 2);
            }
        }));

        assertThat(read).containsExactly("one", "two");
    }

    @Test
    void what_a_server_still_has_of_the_old_end_that_was_cut_off_is_not_read() {
        Journal journal = new Journal(
                link, UUID.randomUUID(), link.info().getStreamState().getLastSequence());
        link.await(journal.append(note(journal, "cut off"), 1));
        long first = journal.last() + 1;
        link.await(journal.append(note(journal, "kept"), 2));
        List<String> read = new ArrayList<>();

        Replay.read(link, first, journal.last(), reader(read::add));

        assertThat(read).containsExactly("kept");
    }

    @Test
    void the_end_of_the_last_commit_is_known_though_who_leads_was_said_behind_it() {
        Journal journal = new Journal(
                link, UUID.randomUUID(), link.info().getStreamState().getLastSequence());
        link.await(journal.append(note(journal, "one"), 1));
        link.await(journal.lead(new Lead(UUID.randomUUID(), true, "test")));
        List<String> read = new ArrayList<>();

        Replay.readTo(link, journal.lastCommit(), reader(read::add));

        assertThat(read).containsExactly("one");
        assertThat(journal.last()).isEqualTo(journal.lastCommit() + 1);
    }

    private static Draft note(Journal journal, String key) {
        Draft draft = journal.draft();
        draft.entry(new NoteKept("space", key, new byte[] {1}, 1, Micros.NEVER));
        return draft;
    }

    private static Replay.Reader reader(Consumer<String> keys) {
        return new Replay.Reader() {
            @Override
            public void entry(long at, int size, In entry) {
                entry.one();
                keys.accept(NoteKept.read(entry).key);
            }

            @Override
            public void revisions(long seen) {
                // How many there were does not matter here.
            }
        };
    }
}
