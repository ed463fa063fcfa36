package dev.millrace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compression and encryption around a serializer. */
class EnvelopeTest {
    private static final byte[] OLD = key(1);
    private static final byte[] NEW = key(2);
    private static final EncryptionKeys K1 = EncryptionKeys.of("k1", OLD);
    private static final String LONG = "tea and biscuits, ".repeat(500);

    private static final Serializer PLAIN = Serializer.json();
    private static final Serializer COMPRESSED = Serializer.json().compressed(1024);
    private static final Serializer ENCRYPTED = Serializer.json().encrypted(K1);
    private static final Serializer BOTH = Serializer.json().compressed(1024).encrypted(K1);

    private static byte[] key(int fill) {
        byte[] key = new byte[32];
        Arrays.fill(key, (byte) fill);
        return key;
    }

    private static byte[] write(Serializer serializer, String value) {
        return serializer.write(value, String.class);
    }

    private static @Nullable Object read(Serializer serializer, byte[] data) {
        return serializer.read(data, String.class);
    }

    @Test
    void what_any_setting_wrote_is_read_by_every_setting_that_has_the_keys() {
        for (Serializer writer : List.of(PLAIN, COMPRESSED, ENCRYPTED, BOTH)) {
            for (String value : List.of("", "short", LONG)) {
                byte[] data = write(writer, value);
                assertThat(read(ENCRYPTED, data)).as("%s", writer).isEqualTo(value);
                assertThat(read(BOTH, data)).as("%s", writer).isEqualTo(value);
            }
        }
        assertThat(read(PLAIN, write(COMPRESSED, LONG))).isEqualTo(LONG);
        assertThat(BOTH.read(BOTH.write(null, String.class), String.class)).isNull();
    }

    @Test
    void only_what_is_larger_than_the_threshold_and_shrinks_is_compressed() {
        assertThat(write(COMPRESSED, "short")).isEqualTo(write(PLAIN, "short"));
        assertThat(write(COMPRESSED, LONG).length).isLessThan(LONG.length() / 10);
        Serializer always = Serializer.json().compressed(0);
        assertThat(write(always, "short")).isEqualTo(write(PLAIN, "short"));
    }

    @Test
    void data_is_compressed_before_it_is_encrypted_in_whatever_order_they_are_named() {
        Serializer other = Serializer.json().encrypted(K1).compressed(1024);

        assertThat(write(other, LONG).length).isLessThan(LONG.length() / 10);
        assertThat(DataForm.of(write(other, LONG))).isInstanceOf(DataForm.Encrypted.class);
    }

    @Test
    void nothing_of_what_is_encrypted_can_be_seen_and_no_two_writes_are_alike() {
        Set<String> nonces = new HashSet<>();
        for (int i = 0; i < 1_000; i++) {
            byte[] data = write(ENCRYPTED, "confidential");
            assertThat(new String(data, StandardCharsets.ISO_8859_1))
                    .contains("k1")
                    .doesNotContain("confid");
            nonces.add(Base64.getEncoder().encodeToString(Frame.read(data).nonce()));
        }
        assertThat(nonces).hasSize(1_000);
    }

    @Test
    void after_a_rotation_the_new_key_writes_and_the_old_one_is_still_read() {
        Serializer rotated =
                Serializer.json().encrypted(EncryptionKeys.of("k2", NEW).and("k1", OLD));

        assertThat(read(rotated, write(ENCRYPTED, "hello"))).isEqualTo("hello");
        assertThat(DataForm.of(write(rotated, "hello")))
                .isInstanceOfSatisfying(
                        DataForm.Encrypted.class,
                        form -> assertThat(form.keyId()).isEqualTo("k2"));
    }

    @Test
    void without_the_key_the_error_names_it_and_what_to_do() {
        byte[] data = write(ENCRYPTED, "hello");

        assertThatThrownBy(() -> read(PLAIN, data))
                .isInstanceOf(SerializationException.class)
                .hasMessageContainingAll("\"k1\"", "no keys", "untouched");
        assertThatThrownBy(() -> read(Serializer.json().encrypted(EncryptionKeys.of("k2", NEW)), data))
                .isInstanceOf(SerializationException.class)
                .hasMessageContainingAll("\"k1\"", "reads k2", "and(\"k1\"", "untouched");
        assertThatThrownBy(() -> read(Serializer.json().encrypted(EncryptionKeys.of("k1", NEW)), data))
                .isInstanceOf(SerializationException.class)
                .hasMessageContainingAll("\"k1\"", "another key", "untouched");
    }

    @Test
    void not_a_byte_of_encrypted_data_can_be_changed_unnoticed() {
        byte[] data = write(ENCRYPTED, "hello");
        for (int i = 0; i < data.length; i++) {
            byte[] changed = data.clone();
            changed[i] ^= 1;
            assertThatThrownBy(() -> read(ENCRYPTED, changed))
                    .as("byte %s of %s", i, data.length)
                    .isInstanceOf(SerializationException.class);
        }
        for (int length = 1; length < data.length; length++) {
            byte[] cut = Arrays.copyOf(data, length);
            assertThatThrownBy(() -> read(ENCRYPTED, cut)).isInstanceOf(SerializationException.class);
        }
    }

    @Test
    void the_key_id_is_authenticated_too() {
        byte[] data = write(ENCRYPTED, "hello");
        data[5] = 'x'; // k1 becomes x1, under which the same key is known
        Serializer both = Serializer.json().encrypted(K1.and("x1", OLD));

        assertThatThrownBy(() -> read(both, data)).hasMessageContaining("does not decrypt with key \"x1\"");
    }

    @Test
    void an_error_about_what_was_encrypted_does_not_quote_it() {
        byte[] data = write(ENCRYPTED, "confidential");

        assertThatThrownBy(() -> ENCRYPTED.read(data, Integer.class))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("Integer")
                .hasMessageNotContaining("confidential")
                .hasNoCause();
    }

    private static byte[] bomb(int says, int is) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(new byte[is]);
        }
        return Frame.join(Frame.compressedHead(says), bytes.toByteArray());
    }

    @Test
    void what_would_unfold_into_more_than_the_limit_is_not_unfolded() throws IOException {
        int most = 1 << 20;
        assertThatThrownBy(() -> read(COMPRESSED, bomb(100 << 20, 100 << 20)))
                .isInstanceOf(SerializationException.class)
                .hasMessageContainingAll("104857600", "at most 1048576");
        assertThatThrownBy(() -> read(COMPRESSED, bomb(-1, 10))).hasMessageContaining("4294967295");
        assertThatThrownBy(() -> read(COMPRESSED, bomb(most, 100 << 20))).hasMessageContaining("damaged");
        assertThatThrownBy(() -> read(COMPRESSED, bomb(20, 10))).hasMessageContaining("damaged");
        assertThatThrownBy(() -> read(COMPRESSED, Frame.join(Frame.compressedHead(5), new byte[5])))
                .hasMessageContaining("damaged");
    }

    @Test
    void what_could_not_be_read_again_is_not_written() {
        assertThatThrownBy(() -> write(COMPRESSED, "a".repeat(1 << 20)))
                .isInstanceOf(SerializationException.class)
                .hasMessageContainingAll("1048578 bytes before compression", "at most 1048576");
    }

    @Test
    void the_limits_of_a_millrace_bound_what_unfolds() {
        Serializer compressed = Serializer.json().compressed(1024);
        try (Millrace narrow = Millrace.builder("memory:")
                        .serializer(compressed)
                        .maxPayloadBytes(2_000)
                        .maxResultBytes(2_000)
                        .open();
                Millrace wide = Millrace.builder("memory:")
                        .serializer(compressed)
                        .maxPayloadBytes(3 << 20)
                        .open()) {
            JobType<String, Void> type = JobType.of("kind", String.class);
            assertThatThrownBy(() -> narrow.enqueue(type, "a".repeat(5_000))).hasMessageContaining("at most 2000");
            String large = "a".repeat(2 << 20);
            assertThat(wide.enqueue(type, large).info().payload(TypeRef.of(String.class)))
                    .isEqualTo(large);
        }
    }

    /** Writes bytes as they are, so that its data may begin with anything. */
    private static final class Raw implements Serializer {
        @Override
        public byte[] write(@Nullable Object value, Type type) {
            return (byte[]) Objects.requireNonNull(value);
        }

        @Override
        public Object read(byte[] data, Type type) {
            return data;
        }
    }

    @Test
    void data_that_looks_like_a_frame_comes_back_as_it_was() {
        Serializer raw = new Raw().compressed(1 << 20);
        for (byte[] data :
                List.of(write(ENCRYPTED, "x"), write(COMPRESSED, LONG), new byte[] {(byte) 0x8D, 'M', 'R'})) {
            assertThat(raw.read(raw.write(data, byte[].class), byte[].class)).isEqualTo(data);
        }
    }

    @Test
    void the_form_of_data_shows_without_keys() {
        assertThat(DataForm.of(write(PLAIN, "hello"))).hasToString("7 bytes");
        byte[] data = write(ENCRYPTED, "hello");
        assertThat(DataForm.of(data)).hasToString("encrypted, key k1, " + data.length + " bytes");
        byte[] compressed = write(COMPRESSED, LONG);
        assertThat(DataForm.of(compressed)).hasToString("compressed, " + compressed.length + " bytes of 9002");
        assertThat(DataForm.of(new byte[0])).hasToString("0 bytes");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 8, 15, 31, 33})
    void a_key_of_a_size_that_aes_does_not_take_is_refused(int size) {
        assertThatThrownBy(() -> EncryptionKeys.of("k1", new byte[size]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("\"k1\"", size + " bytes", "16, 24 or 32");
    }

    @Test
    void two_keys_of_one_id_are_refused() {
        assertThatThrownBy(() -> K1.and("k1", NEW)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void keys_show_neither_in_text_nor_in_errors() {
        String secret = Base64.getEncoder().encodeToString(NEW);
        EncryptionKeys keys = EncryptionKeys.of("k2", secret).and("k1", OLD);

        assertThat(keys).hasToString("EncryptionKeys(writes k2, reads k2, k1)");
        assertThat(Serializer.json().compressed(7).encrypted(keys).toString()).doesNotContain(secret);
        String bad = secret.substring(1) + "*";
        assertThatThrownBy(() -> EncryptionKeys.of("k2", bad))
                .hasMessageNotContaining(secret.substring(1))
                .hasNoCause();
        byte[] mine = NEW.clone();
        EncryptionKeys copied = EncryptionKeys.of("k2", mine);
        Arrays.fill(mine, (byte) 0);
        assertThat(read(
                        Serializer.json().encrypted(keys),
                        write(Serializer.json().encrypted(copied), "hello")))
                .isEqualTo("hello");
    }
}
