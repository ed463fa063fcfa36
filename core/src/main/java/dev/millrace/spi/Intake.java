package dev.millrace.spi;

import java.util.List;
import java.util.UUID;

/** How jobs come in. */
public interface Intake {

    /**
     * Stores jobs: all of them or none (per partition, where the engine has partitions). When this returns, they survive
     * what the engine's row in docs/guarantees.md says.
     *
     * <p>A job whose id is known is not stored again: the answer is {@link Answer.Known}, which makes the call safe to repeat. An
     * id is known as long as its job is kept; for an hour after an operation deleted the job; and, where retention deleted it, for
     * an hour after the job's end at least (most stores: for an hour after its deletion). A job whose unique key is held by an unfinished job of its kind is
     * not stored: the answer is {@link Answer.Duplicate}. Two jobs of one call may share a key: the first gets it.
     *
     * <p>What a key that is held means for the job is for {@link Keys.Unique} to say; a job that was replaced is {@link
     * Answer.Replaced}.
     *
     * <p>A job with parents is BLOCKED until their ends are as wished; a parent may come in the same call, before or after it, or be
     * in the store. One that has ended counts as it ended. A job whose {@link Keys.Member} names a workflow is one more that the
     * workflow's head waits for ({@link Wish#END}), and a head that had ended is BLOCKED again.
     *
     * @return one answer per job, in the order given
     * @throws MissingParentException when a parent, or the head of a workflow, is neither in the call nor in the store; nothing was
     *     stored
     */
    List<Answer> enqueue(List<NewJob> jobs);

    /** What became of one enqueued job. */
    sealed interface Answer {
        /** The job whose handle the caller gets. */
        UUID id();

        /** Stored now. */
        record Stored(UUID id) implements Answer {}

        /** A job of this id was stored before; nothing was changed. */
        record Known(UUID id) implements Answer {}

        /** The job {@code id} holds the unique key; nothing was stored. */
        record Duplicate(UUID id) implements Answer {}

        /** The waiting job {@code id} holds the unique key, and is from now on what was enqueued. */
        record Replaced(UUID id) implements Answer {}
    }
}
