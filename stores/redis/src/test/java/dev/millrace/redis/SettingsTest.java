package dev.millrace.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.spi.StoreAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What addresses mean, and which are refused. */
class SettingsTest {

    @Test
    void a_password_without_a_colon_before_it_is_not_shown() {
        assertThatThrownBy(() -> Settings.of(StoreAddress.parse("redis://s3cret@host")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("***@host")
                .hasMessageNotContaining("s3cret");
    }

    @Test
    void a_plain_address_has_defaults() {
        Settings settings = settings("redis://host");

        assertThat(settings.kind()).isEqualTo(Settings.Kind.SERVER);
        assertThat(settings.nodes()).containsExactly(new Settings.Node("host", 6379));
        assertThat(settings.login().password()).isNull();
        assertThat(settings.tls().on()).isFalse();
        assertThat(settings.database()).isZero();
        assertThat(settings.prefix()).isEqualTo("millrace");
        assertThat(settings.replicas()).isZero();
        assertThat(settings.limits().command()).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void a_whole_address_is_read_and_shown_without_its_password() {
        Settings settings = settings("rediss://ada:p%40ss%2Bw+rd@[::1]:7000/3?prefix=shop&timeout=500ms"
                + "&connect.timeout=2s&wait=2&wait.timeout=100ms&client.name=till&tls.verify=ca&partitions=4");

        assertThat(settings.nodes()).containsExactly(new Settings.Node("::1", 7000));
        assertThat(settings.login().user()).isEqualTo("ada");
        assertThat(settings.login().password()).isEqualTo("p@ss+w+rd");
        assertThat(settings.tls().verify()).isEqualTo(Settings.Verify.CA);
        assertThat(settings.database()).isEqualTo(3);
        assertThat(settings.prefix()).isEqualTo("shop");
        assertThat(settings.partitions()).isEqualTo(4);
        assertThat(settings.replicas()).isEqualTo(2);
        assertThat(settings.limits().replicas()).isEqualTo(Duration.ofMillis(100));
        assertThat(settings.shown())
                .doesNotContain("p%40ss")
                .doesNotContain("p@ss")
                .contains("***");
        assertThat(settings.toString()).doesNotContain("p@ss");
    }

    @Test
    void sentinels_and_cluster_nodes_are_lists() {
        assertThat(settings("redis+sentinel://a,b:1?master=m").nodes())
                .containsExactly(new Settings.Node("a", 26379), new Settings.Node("b", 1));
        assertThat(settings("redis+cluster://:secret@a,b:1").nodes())
                .containsExactly(new Settings.Node("a", 6379), new Settings.Node("b", 1));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "redis:nowhere|names no server",
                "redis://a,b|names 2 servers",
                "redis://a:99999|the port=99999",
                "redis://a/x|the database=x",
                "redis://user@a|a user without a password",
                "redis://a?master=m|for redis+sentinel:// only",
                "redis+sentinel://a|lacks master=",
                "redis+cluster://a/1|has database 0 only",
                "redis://a?timeout=5|write 500ms, 30s",
                "redis://a?wait.timeout=20s|must be below the timeout",
                "redis://a?partitions=0|from 1 to 256",
                "redis://a?prefix=x{y}|other than braces",
                "redis://a?tls.verify=none|write rediss://",
                "rediss://a?tls.verify=some|use full, ca or none"
            })
    void a_wrong_address_is_refused_and_the_error_says_what_is_right(String address, String saying) {
        assertThatThrownBy(() -> settings(address))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(saying);
    }

    private static Settings settings(String address) {
        return Settings.of(StoreAddress.parse(address));
    }
}
