package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.spi.Notes;
import dev.millrace.spi.Notes.Note;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Notes: a small key-value store with compare-and-set and time to live. */
abstract class NoteRules extends ContractPart {

    @Test
    void a_note_is_read_as_it_was_written() {
        byte[] value = {0, -1, 127};

        long revision = put("settings", "pause", value, Notes.ABSENT, null).orElseThrow();

        assertThat(revision).isPositive();
        Note note = store.note("settings", "pause").orElseThrow();
        assertThat(note.space()).isEqualTo("settings");
        assertThat(note.key()).isEqualTo("pause");
        assertThat(note.value()).isEqualTo(value);
        assertThat(note.revision()).isEqualTo(revision);
    }

    @Test
    void an_empty_value_is_a_value() {
        write("a", new byte[0]);

        assertThat(store.note("settings", "a").orElseThrow().value()).isEmpty();
    }

    @Test
    void an_absent_note_is_absent() {
        assertThat(store.note("settings", "none")).isEmpty();
        assertThat(store.notes("settings")).isEmpty();
        assertThat(store.removeNote("settings", "none", Notes.ABSENT)).isFalse();
        assertThat(store.removeNote("settings", "none", 1)).isFalse();
    }

    @Test
    void a_write_is_refused_unless_it_names_the_present_revision() {
        long first = write("a", bytes("1"));
        long second = put("settings", "a", bytes("2"), first, null).orElseThrow();

        assertThat(put("settings", "a", bytes("x"), first, null)).isEmpty();
        assertThat(put("settings", "a", bytes("x"), Notes.ABSENT, null)).isEmpty();
        assertThat(put("settings", "a", bytes("x"), second + 1, null)).isEmpty();
        assertThat(put("settings", "b", bytes("x"), 1, null)).isEmpty();

        assertThat(value("a")).isEqualTo("2");
        assertThat(second).isGreaterThan(first);
        assertThat(store.note("settings", "b")).isEmpty();
    }

    @Test
    void a_removal_is_refused_unless_it_names_the_present_revision() {
        long first = write("a", bytes("1"));
        long second = put("settings", "a", bytes("2"), first, null).orElseThrow();

        assertThat(store.removeNote("settings", "a", first)).isFalse();
        assertThat(value("a")).isEqualTo("2");
        assertThat(store.removeNote("settings", "a", second)).isTrue();
        assertThat(store.note("settings", "a")).isEmpty();
        assertThat(store.removeNote("settings", "a", second)).isFalse();
    }

    @Test
    void revisions_grow_across_deletion() {
        long first = write("a", bytes("1"));
        store.removeNote("settings", "a", first);

        long second = write("a", bytes("2"));

        assertThat(second).isGreaterThan(first);
        assertThat(put("settings", "a", bytes("x"), first, null)).isEmpty();
    }

    @Test
    void a_note_is_gone_when_its_time_has_passed() {
        long mortal = put("settings", "a", bytes("1"), Notes.ABSENT, MINUTE).orElseThrow();
        write("b", bytes("2"));

        clock.advance(MINUTE.minus(SECOND));
        assertThat(store.note("settings", "a")).isPresent();
        clock.advance(SECOND.multipliedBy(2));
        assertThat(store.note("settings", "a")).isEmpty();
        assertThat(store.notes("settings")).extracting(Note::key).containsExactly("b");
        assertThat(put("settings", "a", bytes("x"), mortal, null)).isEmpty();
        assertThat(put("settings", "a", bytes("3"), Notes.ABSENT, null))
                .hasValueSatisfying(revision -> assertThat(revision).isGreaterThan(mortal));
    }

    @Test
    void a_dead_note_swept_away_leaves_its_revision_behind() {
        long mortal = put("settings", "a", bytes("1"), Notes.ABSENT, MINUTE).orElseThrow();
        clock.advance(HOUR);
        driver.sweep();

        assertThat(write("a", bytes("2"))).isGreaterThan(mortal);
    }

    @Test
    void revisions_go_on_after_a_restart_that_finds_no_note() {
        long mortal = put("settings", "a", bytes("1"), Notes.ABSENT, MINUTE).orElseThrow();
        clock.advance(HOUR);
        driver.sweep();

        reopen();

        assertThat(write("a", bytes("2"))).isGreaterThan(mortal);
    }

    @Test
    void writing_again_gives_a_new_time_to_live() {
        long first = put("settings", "a", bytes("1"), Notes.ABSENT, MINUTE).orElseThrow();
        long second = put("settings", "a", bytes("2"), first, HOUR).orElseThrow();
        clock.advance(MINUTE.multipliedBy(2));
        driver.sweep();

        assertThat(value("a")).isEqualTo("2");
        assertThat(put("settings", "a", bytes("3"), second, null)).isPresent();
        clock.advance(DAY);
        driver.sweep();
        assertThat(value("a")).isEqualTo("3");
    }

    @Test
    void spaces_are_apart() {
        write("a", bytes("1"));
        assertThat(put("locks", "a", bytes("2"), Notes.ABSENT, null)).isPresent();

        assertThat(value("a")).isEqualTo("1");
        assertThat(store.notes("locks")).hasSize(1);
        assertThat(store.notes("lock")).isEmpty();
    }

    @Test
    void a_space_is_listed_by_key() {
        for (String key : List.of("c", "a", "b/1", "b")) {
            write(key, bytes(key));
        }

        assertThat(store.notes("settings")).extracting(Note::key).containsExactly("a", "b", "b/1", "c");
        assertThat(store.notes("settings")).allMatch(note -> note.key().equals(text(note)));
    }

    @Test
    void of_many_that_write_at_once_one_wins() {
        long present = write("a", bytes("0"));

        List<Optional<Long>> written = Together.each(
                IntStream.range(0, 8).boxed().toList(),
                number -> put("settings", "a", bytes("by " + number), present, null));

        assertThat(written).filteredOn(Optional::isPresent).hasSize(1);
        int winner = IntStream.range(0, 8)
                .filter(i -> written.get(i).isPresent())
                .findFirst()
                .orElseThrow();
        assertThat(value("a")).isEqualTo("by " + winner);
    }

    @Test
    void of_two_views_that_create_one_note_one_wins() {
        var other = fixture.open(clock, retention());

        List<Optional<Long>> written = Together.each(
                List.of(store, other), view -> view.putNote("locks", "scheduler", bytes("mine"), Notes.ABSENT, MINUTE));

        assertThat(written).filteredOn(Optional::isPresent).hasSize(1);
        assertThat(other.note("locks", "scheduler")).isPresent();
    }

    @Test
    void notes_are_there_after_a_restart_and_revisions_go_on() {
        long first = write("a", bytes("1"));

        reopen();

        assertThat(value("a")).isEqualTo("1");
        assertThat(put("settings", "a", bytes("2"), first, null))
                .hasValueSatisfying(revision -> assertThat(revision).isGreaterThan(first));
    }

    private long write(String key, byte[] value) {
        return put("settings", key, value, Notes.ABSENT, null).orElseThrow();
    }

    private Optional<Long> put(String space, String key, byte[] value, long expected, @Nullable Duration timeToLive) {
        return store.putNote(space, key, value, expected, timeToLive);
    }

    private String value(String key) {
        return text(store.note("settings", key).orElseThrow());
    }

    private static String text(Note note) {
        return new String(note.value(), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
