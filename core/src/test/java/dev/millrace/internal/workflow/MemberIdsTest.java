package dev.millrace.internal.workflow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class MemberIdsTest {
    private static final UUID WORKFLOW = UUID.fromString("01a21649-f15b-7186-9fdc-e395794b4d3e");

    @Test
    void the_same_name_gives_the_same_id_and_it_never_changes() {
        assertThat(MemberIds.of(WORKFLOW, "extract-1"))
                .isEqualTo(MemberIds.of(WORKFLOW, "extract-1"))
                .hasToString("01a21649-f15b-750d-8c3b-cae6786c845e");
    }

    @Test
    void another_name_or_workflow_gives_another() {
        Set<UUID> ids = new HashSet<>();
        for (int i = 0; i < 10_000; i++) {
            ids.add(MemberIds.of(WORKFLOW, "name " + i));
            ids.add(MemberIds.of(new UUID(WORKFLOW.getMostSignificantBits(), i), "name"));
        }

        assertThat(ids).hasSize(20_000);
    }

    @Test
    void ids_are_uuids_of_version_7_with_the_time_of_the_workflow() {
        UUID id = MemberIds.of(WORKFLOW, "ü");

        assertThat(id.version()).isEqualTo(7);
        assertThat(id.variant()).isEqualTo(2);
        assertThat(id.getMostSignificantBits() >>> 16).isEqualTo(WORKFLOW.getMostSignificantBits() >>> 16);
    }
}
