package dev.millrace.benchmarks.vacuum;

import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/** A part of the run, as the sum of its lines. */
final class Phase {
    private static final int LAST = 6;

    private final String name;
    private final List<Reading> readings = new ArrayList<>();

    Phase(String name) {
        this.name = name;
    }

    String name() {
        return name;
    }

    void add(Reading reading) {
        readings.add(reading);
    }

    boolean isEmpty() {
        return readings.isEmpty();
    }

    /** Its end: the last minute, or what there is of it. */
    Phase lastMinute() {
        Phase end = new Phase(name + ", last minute");
        readings.subList(Math.max(0, readings.size() - LAST), readings.size()).forEach(end::add);
        return end;
    }

    /** All its lines as one, with the tables as they were at its end. */
    Reading sum() {
        Reading last = readings.get(readings.size() - 1);
        Histogram exchanges = new Histogram(3);
        Histogram pickUps = new Histogram(3);
        double seconds = 0;
        long enqueued = 0;
        long done = 0;
        long backlog = 0;
        for (Reading reading : readings) {
            exchanges.add(reading.exchanges());
            pickUps.add(reading.pickUps());
            seconds += reading.seconds();
            enqueued += reading.enqueued();
            done += reading.done();
            backlog = Math.max(backlog, reading.backlog());
        }
        return new Reading(last.at(), seconds, enqueued, done, backlog, exchanges, pickUps, last.job());
    }
}
