package dev.millrace;

import dev.millrace.internal.worker.QueueSettings;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.QueueLimits.GroupLimits;
import dev.millrace.spi.Rate;
import dev.millrace.spi.Store;
import java.time.Duration;
import java.util.function.UnaryOperator;

/** A queue, to be operated. */
public final class QueueHandle {
    /** Which part of a rate's permits gathers, where nothing is said. */
    private static final int BURST_PART = 10;

    /** How many jobs of a key may be READY or RUNNING in a fair queue, where nothing is said. */
    public static final int FAIR_SHARE = 32;

    private final Store store;
    private final String name;

    QueueHandle(Store store, String name) {
        this.store = store;
        this.name = name;
    }

    public String name() {
        return name;
    }

    /**
     * Claims nothing more from this queue: its jobs stay READY, running ones go on, new ones may be enqueued. Lasts until
     * {@link #resume}, also across restarts. Takes effect within a heartbeat (5 s) on every worker, and mostly at once.
     */
    public void pause() {
        QueueSettings.pause(store, name);
    }

    /** Takes {@link #pause} back. */
    public void resume() {
        QueueSettings.resume(store, name);
    }

    /** Whether it is paused. */
    public boolean paused() {
        return QueueSettings.paused(store).contains(name);
    }

    /**
     * At most so many jobs of this queue start in a time, on all workers together: a token bucket that gathers a tenth of {@code
     * permits} at most (at least one), so that a start after a quiet time is no flood. The others stay READY.
     *
     * @param permits 1 or more
     * @param per longer than zero, at most 366 days; no more than 1,000,000 per second
     */
    public void limitRate(int permits, Duration per) {
        limitRate(permits, per, burst(permits));
    }

    /**
     * As {@link #limitRate(int, Duration)}, with a burst of your own. In any span of {@code per} there are at most {@code permits +
     * burst} starts.
     *
     * @param burst how many tokens gather while nothing starts; 1 to {@code permits}
     */
    public void limitRate(int permits, Duration per, int burst) {
        Rate rate = new Rate(permits, per, burst);
        change(limits -> limits.withRate(rate));
    }

    /** Takes {@link #limitRate} back. */
    public void unlimitRate() {
        change(limits -> limits.withRate(null));
    }

    /**
     * At most so many jobs of one key of a group run at once in this queue, on all workers together. The others are BLOCKED, cost
     * nothing, and come in the order of priority, due time and arrival. A job holds its place from when it is READY to its end.
     * Raising a limit counts at once; after lowering it, what holds a place keeps it.
     *
     * @param group the name that jobs were given with {@link JobRequest#group}
     * @param atOnce 1 or more
     */
    public void limitGroup(String group, int atOnce) {
        if (atOnce < 1) {
            throw new IllegalArgumentException(
                    "a limit of " + atOnce + " jobs at once: use 1 or more, or unlimitGroup");
        }
        changeGroup(group, limits -> new GroupLimits(atOnce, limits.rate()));
    }

    /** At most so many jobs of one key of a group become READY in a time; as {@link #limitRate(int, Duration)} otherwise. */
    public void limitGroupRate(String group, int permits, Duration per) {
        limitGroupRate(group, permits, per, burst(permits));
    }

    /** As {@link #limitGroupRate(String, int, Duration)}, with a burst of your own, 1 to {@code permits}. */
    public void limitGroupRate(String group, int permits, Duration per, int burst) {
        Rate rate = new Rate(permits, per, burst);
        changeGroup(group, limits -> new GroupLimits(limits.atOnce(), rate));
    }

    /** Takes {@link #limitGroup} and {@link #limitGroupRate} back. */
    public void unlimitGroup(String group) {
        changeGroup(group, limits -> GroupLimits.NONE);
    }

    /**
     * Keys of groups take turns: each key has at most so many jobs READY or RUNNING at once, and what is let through queues behind
     * what was let through before, so that one tenant's million jobs do not starve another's ten. Jobs without a group are not
     * held back. A job that had to wait counts as due when it was let through.
     *
     * @param share 1 or more. Enough to keep all workers busy when one key is alone (their concurrency together), and no more: so
     *     many of another key may be before a new one's first
     */
    public void fair(int share) {
        if (share < 1) {
            throw new IllegalArgumentException("a share of " + share + " jobs per key: use 1 or more, or unfair");
        }
        change(limits -> limits.withFair(share));
    }

    /** {@link #fair(int)} with a share of {@value #FAIR_SHARE}: twice what one worker runs at once by default. */
    public void fair() {
        fair(FAIR_SHARE);
    }

    /** Takes {@link #fair} back. */
    public void unfair() {
        change(limits -> limits.withFair(0));
    }

    /** What is set for its flow. */
    public QueueLimits limits() {
        return QueueSettings.limits(store, name);
    }

    private static int burst(int permits) {
        return Math.max(1, permits / BURST_PART);
    }

    private void changeGroup(String group, UnaryOperator<GroupLimits> change) {
        String checked = Limits.group(group);
        change(limits ->
                limits.withGroup(checked, change.apply(limits.groups().getOrDefault(checked, GroupLimits.NONE))));
    }

    /**
     * Changes several limits in one step. Two changes at once both take effect.
     *
     * @param change gives the new limits; may be called more than once
     */
    public void change(UnaryOperator<QueueLimits> change) {
        QueueSettings.limit(store, name, limits -> {
            QueueLimits changed = change.apply(limits);
            changed.groups().keySet().forEach(Limits::group);
            return changed;
        });
    }

    @Override
    public String toString() {
        return "queue " + name;
    }
}
