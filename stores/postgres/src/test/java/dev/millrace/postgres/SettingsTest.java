package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.spi.StoreAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
    private static Settings settings(String address) {
        return Settings.of(StoreAddress.parse(address));
    }

    @Test
    void what_the_address_does_not_say_is_moderate() {
        Settings settings = settings("postgresql://ada@db/jobs");

        assertThat(settings.url()).isEqualTo("jdbc:postgresql://db:5432/jobs");
        assertThat(settings.schema()).isEqualTo("millrace");
        assertThat(settings.pool()).isEqualTo(new Settings.Pool(10, Duration.ofSeconds(10), Duration.ofMinutes(30)));
        assertThat(settings.durability()).isNull();
        assertThat(settings.driver()).containsEntry("user", "ada").containsEntry("ApplicationName", "millrace");
        assertThat(settings.socketTimeout()).isLessThan(Duration.ofSeconds(30));
    }

    @Test
    void user_password_and_database_are_percent_decoded_and_the_password_is_not_shown() {
        Settings settings = settings("postgresql://a%40b:p%3A%2F%40+w@db/my%20jobs");

        assertThat(settings.driver()).containsEntry("user", "a@b").containsEntry("password", "p:/@+w");
        assertThat(settings.url()).isEqualTo("jdbc:postgresql://db:5432/my+jobs");
        assertThat(settings.shown()).doesNotContain("p%3A").contains("***");
        assertThat(settings.toString()).doesNotContain("p%3A").doesNotContain("p:/@+w");
    }

    @Test
    void several_hosts_with_and_without_ports_are_handed_on() {
        assertThat(settings("postgresql://u@one:6000,two,[::1]:7000,[::2]/jobs").url())
                .isEqualTo("jdbc:postgresql://one:6000,two:5432,[::1]:7000,[::2]:5432/jobs");
    }

    @Test
    void of_several_hosts_the_primary_is_meant_unless_the_address_says_otherwise() {
        assertThat(settings("postgresql://u@one/jobs").driver()).doesNotContainKey("targetServerType");
        assertThat(settings("postgresql://u@one,two/jobs").driver()).containsEntry("targetServerType", "primary");
        assertThat(settings("postgresql://u@one,two/jobs?targetServerType=any").driver())
                .containsEntry("targetServerType", "any");
    }

    @Test
    void the_pool_the_schema_and_the_drivers_settings_are_read() {
        Settings settings =
                settings("postgresql://u@db/jobs?schema=Odd Name&pool.size=20&pool.timeout=30s&pool.maxLifetime=1h"
                        + "&sslmode=verify-full&targetServerType=primary&application_name=shop&socket_timeout=2s"
                        + "&synchronous_commit=remote_apply&prepared=off");

        assertThat(settings.schema()).isEqualTo("Odd Name");
        assertThat(settings.pool()).isEqualTo(new Settings.Pool(20, Duration.ofSeconds(30), Duration.ofHours(1)));
        assertThat(settings.driver())
                .containsEntry("sslmode", "verify-full")
                .containsEntry("targetServerType", "primary")
                .containsEntry("ApplicationName", "shop")
                .containsEntry("prepareThreshold", "0");
        assertThat(settings.socketTimeout()).isEqualTo(Duration.ofSeconds(2));
        assertThat(settings.durability()).isEqualTo("remote_apply");
    }

    @Test
    void the_address_to_listen_at_is_read_like_any_other_and_its_password_is_not_shown() {
        Settings settings = settings(
                "postgresql://u:p@pooler/jobs?listen.url=postgresql%3A%2F%2Fada%3Asecret-word%40db%3A6000%2Fjobs");

        assertThat(settings.wakeups().url()).isEqualTo("jdbc:postgresql://db:6000/jobs");
        assertThat(settings.wakeups().driver()).containsEntry("password", "secret-word");
        assertThat(settings.shown()).contains("db:6000").doesNotContain("secret-word");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "postgresql:jobs",
                "postgresql://db",
                "postgresql://db/",
                "postgresql:///jobs",
                "postgresql://u@a,,b/jobs"
            })
    void an_address_without_host_or_database_is_refused(String address) {
        assertThatThrownBy(() -> settings(address)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "schema=a\"b, without quotes",
        "schema=pg_temp, begin with pg_",
        "schema=, 1 to 63 bytes",
        "pool.size=1, from 2 to",
        "pool.size=many, whole number",
        "pool.timeout=30 parsecs, 500ms",
        "pool.maxLifetime=0, 500ms",
        "socket_timeout=1ms, from 1000ms",
        "synchronous_commit=maybe, remote_apply",
        "prepared=yes, off",
        "listen.url=memory:, percent-encoded"
    })
    void a_value_that_makes_no_sense_is_refused_with_what_would(String parameter, String hint) {
        assertThatThrownBy(() -> settings("postgresql://u:secret@db/jobs?" + parameter))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(parameter)
                .hasMessageContaining(hint)
                .hasMessageNotContaining("secret@");
    }
}
