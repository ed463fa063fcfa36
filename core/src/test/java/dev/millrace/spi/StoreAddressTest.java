package dev.millrace.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoreAddressTest {

    @Test
    void an_address_has_a_scheme_a_location_and_parameters() {
        StoreAddress address = StoreAddress.parse("sqlite:/var/jobs.db?synchronous=NORMAL&mode=ro&note=a%20b%26c&flag");

        assertThat(address.scheme()).isEqualTo("sqlite");
        assertThat(address.location()).isEqualTo("/var/jobs.db");
        assertThat(address.parameters())
                .isEqualTo(Map.of("synchronous", "NORMAL", "mode", "ro", "note", "a b&c", "flag", ""));
        assertThat(address.parameter("mode")).contains("ro");
        assertThat(address.parameter("none")).isEmpty();
    }

    @Test
    void a_scheme_alone_is_an_address() {
        assertThat(StoreAddress.parse("memory:")).isEqualTo(new StoreAddress("memory", "", Map.of()));
        assertThat(StoreAddress.parse("memory:?").parameters()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "jobs.db", ":memory", "C:\\jobs.db", "SQLite:jobs.db", "my store:x"})
    void what_has_no_scheme_is_refused_with_examples(String text) {
        assertThatThrownBy(() -> StoreAddress.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("sqlite:jobs.db");
    }

    @Test
    void a_parameter_needs_a_name_and_is_given_once() {
        assertThatThrownBy(() -> StoreAddress.parse("sqlite:jobs.db?=x")).hasMessageContaining("without a name");
        assertThatThrownBy(() -> StoreAddress.parse("sqlite:jobs.db?a=1&a=2"))
                .hasMessageContaining("\"a\" is given twice");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "postgresql://ada:hunter2@host1,host2/db?schema=x",
                "postgresql://ada:hunter2/hunter2@host/db",
                "postgresql://ada:hunter2@hunter2@host/db",
                "postgresql://ada:hunter2:hunter2@host/db",
                "redis://:hunter2@host:6379/0",
                "nats://hunter2@host:4222",
                "postgresql://host/db?user=ada&password=hunter2",
                "postgresql://host/db?sslPassword=hunter2&api.token=hunter2&clientSecret=hunter2",
                "postgresql://host/db?listen.url=postgresql%3A%2F%2Fada%3Ahunter2%40host%2Fdb%3Fsslpassword%3Dhunter2",
            })
    void a_password_is_never_shown(String text) {
        StoreAddress address = StoreAddress.parse(text);

        assertThat(address.shown()).doesNotContain("hunter2").contains("***").contains("host");
        assertThat(address).hasToString(address.shown());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Postgresql://ada:hunter2@host/db",
                "//ada:hunter2@host/db?password=hunter2",
                "Nats://hunter2@host:4222",
                "postgresql://ada:hunter2@host/db?=x&pw=hunter2",
                "no scheme?anything=hunter2",
                "redis://host?password=hunter2%zz",
            })
    void not_even_in_an_error(String text) {
        assertThatThrownBy(() -> StoreAddress.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .message()
                .doesNotContain("hunter2");
    }

    @Test
    void an_address_without_a_password_is_shown_as_it_is() {
        assertThat(StoreAddress.parse("redis://host:6379/0?prefix=jobs").shown())
                .isEqualTo("redis://host:6379/0?prefix=jobs");
        assertThat(StoreAddress.parse("postgresql://ada@host/db").shown()).isEqualTo("postgresql://ada@host/db");
        assertThat(StoreAddress.parse("sqlite:jobs.db").shown()).isEqualTo("sqlite:jobs.db");
    }
}
