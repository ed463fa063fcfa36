package dev.millrace.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.spi.Retention;
import dev.millrace.spi.StoreAddress;
import dev.millrace.spi.StoreUnavailableException;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Bytes that are lost, and bytes that a server does not show yet. */
class ShelfTest {
    private NatsPlace place;
    private Link link;
    private Journal journal;

    @BeforeEach
    void connect() {
        place = new NatsPlace(Servers.server().url(), 1);
        place.open(Clock.systemUTC(), Retention.DEFAULT);
        place.shutAll();
        link = Link.open(
                Settings.of(StoreAddress.parse(place.address(Servers.server().url()))));
        journal = new Journal(
                link, UUID.randomUUID(), link.info().getStreamState().getLastSequence());
    }

    @AfterEach
    void close() {
        link.close();
        place.close();
    }

    @Test
    void what_a_server_has_not_got_yet_is_not_taken_for_lost() {
        Ref there = write(new byte[] {1, 2, 3});
        Ref coming = new Ref(journal.last() + 1, 1, 0, 3);

        assertThatThrownBy(() -> new Shelf(link).readable(List.of(there, coming)))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("behind");

        assertThat(write(new byte[] {4, 5, 6})).isEqualTo(coming);
        assertThat(new Shelf(link).readable(List.of(coming))).containsEntry(coming, new byte[] {4, 5, 6});
    }

    @Test
    void what_a_server_has_lost_does_not_hide_the_rest() {
        Ref lost = write(new byte[] {1, 2, 3});
        Ref there = write(new byte[] {4, 5, 6});
        Admin.run(
                Servers.server().url(),
                connection -> connection.jetStreamManagement().deleteMessage(place.stream(), lost.seq()));

        assertThat(new Shelf(link).readable(List.of(lost, there))).containsOnlyKeys(there);
        assertThatThrownBy(() -> new Shelf(link).read(List.of(lost, there)))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("lost");
    }

    private Ref write(byte[] bytes) {
        Draft draft = journal.draft();
        Ref ref = draft.put(bytes);
        link.await(journal.append(draft, 0));
        return ref;
    }
}
