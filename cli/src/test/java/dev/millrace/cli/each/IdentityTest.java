package dev.millrace.cli.each;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class IdentityTest {
    private static final Template ECHO = new Template.Words(List.of("echo", "{}"));

    @Test
    void an_id_never_changes_since_stored_jobs_have_it() {
        assertThat(Identity.of("", ECHO).id("a", 1)).isEqualTo(UUID.fromString("4ccc88d3-ef28-8f05-98a0-581c4f612d55"));
        assertThat(Identity.of("n", ECHO).generation(3).id("ä", 2))
                .isEqualTo(UUID.fromString("66487b62-db63-857b-9567-8d35056b117c"));
    }

    @Test
    void ids_are_uuids_of_a_layout_of_ones_own() {
        UUID id = Identity.of("", ECHO).id("a", 1);

        assertThat(id.version()).isEqualTo(8);
        assertThat(id.variant()).isEqualTo(2);
    }

    @Test
    void every_part_counts_and_none_runs_into_the_next() {
        Identity identity = Identity.of("a", ECHO);

        assertThat(List.of(
                        identity.id("b", 1),
                        identity.id("b", 11),
                        identity.id("b1", 1),
                        identity.generation(1).id("b", 1),
                        Identity.of("ab", ECHO).id("", 1),
                        Identity.of("a", new Template.Words(List.of("echo {}"))).id("b", 1),
                        Identity.of("a", new Template.Words(List.of("ech", "o", "{}")))
                                .id("b", 1),
                        Identity.of("a", new Template.Shell("echo {}")).id("b", 1)))
                .doesNotHaveDuplicates();
    }

    @Test
    void a_generation_has_a_queue_of_its_own() {
        Identity identity = Identity.of("thumbs", ECHO);

        assertThat(identity.queue()).matches("each-thumbs-[0-9a-f]{10}");
        assertThat(identity.generation(2).queue()).isEqualTo(identity.queue() + "-2");
    }

    @Test
    void a_name_that_cannot_be_one_is_refused() {
        assertThatIllegalArgumentException().isThrownBy(() -> Identity.of("x".repeat(101), ECHO));
        assertThatIllegalArgumentException().isThrownBy(() -> Identity.of(" x", ECHO));
    }
}
