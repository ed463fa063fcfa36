package dev.millrace.cli.look;

import dev.millrace.Millrace;
import dev.millrace.spi.QueueLimits;
import java.util.Map;
import java.util.TreeMap;

/**
 * The limits of all queues as they stood, read at once.
 *
 * @param byQueue by the queue's name; queues without limits are absent
 */
record AllLimits(Map<String, QueueLimits> byQueue) {

    static AllLimits read(Millrace millrace) {
        Map<String, QueueLimits> limits = new TreeMap<>();
        millrace.store().notes(QueueLimits.SPACE).forEach(note -> {
            QueueLimits read = QueueLimits.decode(note.value());
            if (read != null) {
                limits.put(note.key(), read);
            }
        });
        return new AllLimits(limits);
    }

    QueueLimits of(String queue) {
        return byQueue.getOrDefault(queue, QueueLimits.NONE);
    }
}
