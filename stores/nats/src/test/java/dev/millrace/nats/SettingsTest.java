package dev.millrace.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.spi.StoreAddress;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an address may say. */
class SettingsTest {
    @Test
    void a_plain_address_means_one_server_and_the_defaults() {
        Settings settings = read("nats://queue.example.com");

        assertThat(settings.servers()).containsExactly("queue.example.com:4222");
        assertThat(settings.stream()).isEqualTo("millrace");
        assertThat(settings.replicas()).isEqualTo(1);
        assertThat(settings.login()).isEqualTo(new Settings.Login(null, null, null, null));
        assertThat(settings.tls()).isNull();
        assertThat(settings.reconnect().attempts()).isEqualTo(-1);
        assertThat(settings.timeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(settings.lead()).isTrue();
    }

    @Test
    void everything_can_be_said() {
        Settings settings = read("nats://ada:p%40ss+w%2Frd@n1:4223,n2,[::1]:5000?stream=jobs-1&replicas=3"
                + "&reconnect.attempts=7&reconnect.wait=250ms&ping.interval=2s&timeout=1m&lead=false&tls=true&tls.ca=/ca.pem"
                + "&tls.cert=/c.pem&tls.key=/k.pem");

        assertThat(settings.servers()).containsExactly("n1:4223", "n2:4222", "[::1]:5000");
        assertThat(settings.login()).isEqualTo(new Settings.Login("ada", "p@ss+w/rd", null, null));
        assertThat(settings.stream()).isEqualTo("jobs-1");
        assertThat(settings.replicas()).isEqualTo(3);
        assertThat(settings.reconnect())
                .isEqualTo(new Settings.Reconnect(7, Duration.ofMillis(250), Duration.ofSeconds(2)));
        assertThat(settings.timeout()).isEqualTo(Duration.ofMinutes(1));
        assertThat(settings.lead()).isFalse();
        assertThat(settings.tls())
                .isEqualTo(new Settings.Tls(Path.of("/ca.pem"), Path.of("/c.pem"), Path.of("/k.pem")));
    }

    @Test
    void a_password_is_never_shown() {
        assertThat(read("nats://ada:secret@n1").shown()).doesNotContain("secret");
        assertThat(read("nats://n1?token=secret").shown()).doesNotContain("secret");
        assertThat(read("nats://ada:secret@n1")).asString().contains("ada").doesNotContain("secret");
        assertThat(read("nats://n1?token=secret")).asString().doesNotContain("secret");
        assertThat(read("nats://secret@n1")).asString().doesNotContain("secret");
        assertThatThrownBy(() -> read("nats://ada:secret@n1?replicas=9"))
                .hasMessageContaining("replicas=9")
                .hasMessageNotContaining("secret");
        assertThatThrownBy(() -> read("nats://ada:secret@n1?token=hidden"))
                .hasMessageNotContaining("secret")
                .hasMessageNotContaining("hidden");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nats:",
                "nats://",
                "nats:host",
                "nats://a:b:c",
                "nats://host:0",
                "nats://host:70000",
                "nats://a,,b"
            })
    void an_address_without_a_server_or_port_is_refused(String address) {
        assertThatThrownBy(() -> read(address)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "replicas=0, replicas=0",
        "replicas=six, replicas=six",
        "stream=a.b, stream=a.b",
        "timeout=10, timeout=10",
        "timeout=1ms, 100ms",
        "ping.interval=2d, ping.interval=2d",
        "lead=maybe, true or false",
        "tls.cert=/c.pem, tls.key",
        "tls=false&tls.ca=/ca.pem, tls.ca",
    })
    void a_wrong_value_is_refused_by_an_error_that_names_what_is_right(String parameter, String named) {
        assertThatThrownBy(() -> read("nats://n1?" + parameter))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(named);
    }

    @Test
    void a_lone_name_is_a_token_and_is_never_shown() {
        Settings settings = read("nats://s3cret@n1:4222,n2");

        assertThat(settings.login().token()).isEqualTo("s3cret");
        assertThat(settings.servers()).containsExactly("n1:4222", "n2:4222");
        assertThat(settings.shown()).doesNotContain("s3cret");
        assertThatThrownBy(() -> read("nats://s3cret@n1?replicas=none")).hasMessageNotContaining("s3cret");
        assertThatThrownBy(() -> read("nats://s3cret@n1?token=other"))
                .hasMessageContaining("twice")
                .hasMessageNotContaining("s3cret");
        assertThatThrownBy(() -> read("nats://s3cret@n1,s3cret@n2")).hasMessageNotContaining("s3cret");
    }

    @Test
    void a_login_before_each_server_is_told_from_a_password() {
        assertThatThrownBy(() -> read("nats://ada:secret@n1,ada:secret@n2"))
                .hasMessageContaining("once")
                .hasMessageNotContaining("secret");
        assertThat(read("nats://ada:p@ss@n1").login().password()).isEqualTo("p@ss");
    }

    private static Settings read(String address) {
        return Settings.of(StoreAddress.parse(address));
    }
}
