package dev.millrace.nats;

import dev.millrace.spi.Intake.Answer;
import java.util.List;
import java.util.UUID;

/** What became of jobs that were to be stored. */
sealed interface Intaken {
    /** They were, or are known; an answer for each. */
    record Taken(List<Answer> answers) implements Intaken {}

    /** None of them was: the job {@code child} is to wait for one that does not exist. */
    record Missing(UUID child, UUID parent) implements Intaken {}
}
