package dev.millrace.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.StoreException;
import dev.millrace.spi.LayoutPlan;
import dev.millrace.spi.Retention;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreAddress;
import dev.millrace.spi.StoreConfig;
import java.time.Clock;
import org.junit.jupiter.api.Test;

/** Only the memory store is on the class path of these tests. */
class StoresTest {

    private static Store open(String address) {
        return Stores.open(new StoreConfig(StoreAddress.parse(address), Clock.systemUTC(), Retention.DEFAULT));
    }

    @Test
    void an_address_opens_its_store() {
        try (Store store = open("memory:")) {
            assertThat(store.info().engine()).isEqualTo("memory");
        }
    }

    @Test
    void a_store_in_memory_has_no_layout_to_change() {
        LayoutPlan plan =
                Stores.layout(new StoreConfig(StoreAddress.parse("memory:"), Clock.systemUTC(), Retention.DEFAULT));

        assertThat(plan.present()).isEqualTo(plan.current());
        assertThat(plan.script()).isEmpty();
    }

    @Test
    void an_unknown_parameter_is_named() {
        assertThatThrownBy(() -> open("memory:?size=3"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"size\" is not a parameter of memory addresses");
    }

    @Test
    void an_unknown_scheme_is_named_with_the_nearest() {
        assertThatThrownBy(() -> open("sqlit:jobs.db"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"sqlit:\"")
                .hasMessageContaining("did you mean \"sqlite\"?")
                .hasMessageContaining("postgresql");
    }

    @Test
    void a_scheme_that_is_like_none_gets_no_guess() {
        assertThatThrownBy(() -> open("carrierpigeon:coop"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("known are")
                .message()
                .doesNotContain("did you mean");
    }

    @Test
    void a_missing_artifact_is_named_by_its_coordinates() {
        assertThatThrownBy(() -> open("postgresql://ada:hunter2@host/db"))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("dev.millrace:millrace-postgres")
                .message()
                .doesNotContain("hunter2");
        assertThatThrownBy(() -> open("redis+cluster://one,two")).hasMessageContaining("dev.millrace:millrace-redis");
        assertThatThrownBy(() -> open("sqlite:jobs.db")).hasMessageContaining("dev.millrace:millrace-sqlite");
    }
}
