package dev.millrace.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.StoreException;
import dev.millrace.spi.Store;
import dev.millrace.spi.Transfer.ExportPage;
import dev.millrace.testkit.Jobs;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Cursors of exports: those of the store's own pages, and those that are not. */
class CursorTest {
    private Store store;

    @BeforeEach
    void open() {
        store = Stores.open(TestServer.shared().address() + "?partitions=3&prefix=cursor" + UUID.randomUUID());
    }

    @AfterEach
    void close() {
        store.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "17",
                "jobs",
                "jobs:0",
                "jobs:0:",
                "jobs:x:0",
                "jobs:0:x",
                "jobs:-1:0",
                "jobs:3:0",
                "notes:99999:1",
                "work:0:0",
                "jobs:0:99999999999999999999"
            })
    void another_text_is_refused_and_the_error_says_what_to_do(String text) {
        assertThatThrownBy(() -> store.exportPage(text, 10))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("\"" + text + "\" is no cursor")
                .hasMessageContaining("begin without one");
    }

    @Test
    void the_cursor_of_a_page_leads_to_the_next() {
        store.enqueue(List.of(Jobs.work().newJob(), Jobs.work().newJob()));

        ExportPage first = store.exportPage(null, 1);
        ExportPage second = store.exportPage(first.next(), 1);

        assertThat(first.items()).hasSize(1);
        assertThat(second.items()).hasSize(1).doesNotContainAnyElementsOf(first.items());
    }
}
