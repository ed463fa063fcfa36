package dev.millrace.testkit.fault;

import dev.millrace.JobInfo;
import dev.millrace.JobState;
import dev.millrace.Millrace;
import dev.millrace.Recurrence;
import dev.millrace.Recurrence.Missed;
import dev.millrace.ScheduleInfo;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Schedules that tick each second while a drill goes on, so many that a process is often killed in the middle of their ticks. */
final class Ticks {
    private static final int SCHEDULES = Drill.LONG ? 20 : 5;
    private static final Recurrence EACH_SECOND = Recurrence.cron("* * * * * *").missed(Missed.ALL);

    private final Map<String, Instant> firsts = new TreeMap<>();

    /** Begins. */
    Ticks(Millrace millrace) {
        for (int number = 0; number < SCHEDULES; number++) {
            String name = "drill-" + number;
            ScheduleInfo info = millrace.schedule(name, EACH_SECOND, Load.STEP.with(0))
                    .info()
                    .orElseThrow();
            firsts.put(name, info.nextTick().orElseThrow());
        }
    }

    /** No tick from now on makes a job. */
    void pause(Millrace millrace) {
        firsts.keySet().forEach(name -> millrace.schedule(name).pause());
    }

    /** What came of them. */
    Made made(Millrace millrace) {
        Made made = Made.NONE;
        for (Map.Entry<String, Instant> entry : firsts.entrySet()) {
            made = made.and(made(millrace, entry.getKey(), entry.getValue()));
        }
        return made;
    }

    private static Made made(Millrace millrace, String name, Instant first) {
        List<String> faults = new ArrayList<>();
        Instant expected = first;
        List<JobInfo> jobs = millrace.jobs().tag("schedule:" + name).stream()
                .sorted((a, b) -> tick(a).compareTo(tick(b)))
                .toList();
        for (JobInfo job : jobs) {
            if (tick(job).isBefore(expected)) {
                faults.add(name + " made more than one job of " + tick(job));
                continue;
            }
            for (; expected.isBefore(tick(job)); expected = expected.plusSeconds(1)) {
                faults.add(name + " made no job of " + expected);
            }
            expected = expected.plusSeconds(1);
            if (job.state() != JobState.SUCCEEDED) {
                faults.add(name + "'s job of " + tick(job) + " is " + job.state());
            }
        }
        Instant last =
                millrace.schedule(name).info().flatMap(ScheduleInfo::lastTick).orElse(first);
        for (; !expected.isAfter(last); expected = expected.plusSeconds(1)) {
            faults.add(name + " made no job of " + expected);
        }
        return new Made(jobs.size(), faults);
    }

    private static Instant tick(JobInfo job) {
        return job.scheduledFor().orElseThrow();
    }

    /**
     * The jobs of ticks.
     *
     * @param faults ticks that made none or more than one, or whose job did not succeed
     */
    record Made(int jobs, List<String> faults) {
        static final Made NONE = new Made(0, List.of());

        Made and(Made other) {
            List<String> all = new ArrayList<>(faults);
            all.addAll(other.faults);
            return new Made(jobs + other.jobs, all);
        }
    }
}
