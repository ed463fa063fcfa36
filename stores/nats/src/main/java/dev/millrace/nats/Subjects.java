package dev.millrace.nats;

import java.util.List;
import java.util.UUID;

/** The subjects of a store. Those of the stream are kept; the others only carry. */
record Subjects(String stream) {
    /** Commits: what changed. */
    String journal() {
        return stream + ".journal";
    }

    /** Bytes that commits refer to. */
    String bytes() {
        return stream + ".bytes";
    }

    /** Who leads. */
    String lead() {
        return stream + ".lead";
    }

    List<String> kept() {
        return List.of(journal(), bytes(), lead());
    }

    /** Where that leader is asked. */
    String ask(UUID epoch) {
        return "_millrace." + stream + ".ask." + epoch;
    }

    /** Where wake-ups are told. */
    String wake() {
        return "_millrace." + stream + ".wake";
    }
}
