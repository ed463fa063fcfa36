package dev.millrace.nats;

import dev.millrace.spi.Store.Signal;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Supplier;

/** What the leader does with one commit: each is answered when that is durable, or told that it is not. */
final class Batch {
    private final Desk desk;
    private final Changes changes;
    private final EnumSet<Signal> signals = EnumSet.noneOf(Signal.class);
    private final List<Done> done = new ArrayList<>();
    private int size;

    private record Done(Inbox.Asked asked, Supplier<?> answer) {}

    Batch(Desk desk, Changes changes) {
        this.desk = desk;
        this.changes = changes;
    }

    /** How many were in it, also those that were refused. */
    int size() {
        return size;
    }

    /** What may have happened with it. */
    EnumSet<Signal> signals() {
        return signals;
    }

    /** It is not done. */
    void refuse(Inbox.Asked asked, Throwable why) {
        size++;
        asked.answer.completeExceptionally(why);
    }

    /**
     * Does it in memory. A failure before anything was changed is told to who asked.
     *
     * @throws HalfDone if it failed later
     */
    void carryOut(Inbox.Asked asked) {
        size++;
        long before = changes.count();
        try {
            done.add(new Done(asked, asked.work.run(desk, signals)));
        } catch (RuntimeException | Error e) {
            asked.answer.completeExceptionally(e);
            if (changes.count() != before || e instanceof Error) {
                throw new HalfDone(e);
            }
        }
    }

    /** All of it is durable. */
    void answer() {
        done.forEach(each -> each.asked.answer.complete(each.answer));
    }

    /** None of it is known to be durable. */
    void fail(Throwable why) {
        done.forEach(each -> each.asked.answer.completeExceptionally(why));
    }

    /** Half of a call was done in memory: none of what is there may become durable. */
    static final class HalfDone extends RuntimeException {
        private static final long serialVersionUID = 1L;

        HalfDone(Throwable cause) {
            super("a call failed half-way, and nothing of it is stored: " + cause, cause);
        }
    }
}
