package dev.millrace.testkit.worker;

import dev.millrace.JobContext;
import dev.millrace.JobInfo;
import dev.millrace.Recurrence;
import dev.millrace.ScheduleInfo;
import dev.millrace.Worker;
import dev.millrace.WorkerBuilder;
import dev.millrace.testkit.ManualClock;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What rules of schedules share: time is moved by hand, and each job says which tick made it. */
abstract class SchedulePart extends WorkerPart {
    static final Duration HOUR = Duration.ofHours(1);
    /** At each full hour. */
    static final Recurrence HOURLY = Recurrence.cron("@hourly");

    final ManualClock clock = new ManualClock(START.plus(Duration.ofMinutes(10)));
    /** The ticks whose jobs ran, and a null for each job that was made by hand. */
    final List<@Nullable Instant> ran = Collections.synchronizedList(new ArrayList<>());

    @Override
    Clock clock() {
        return clock;
    }

    /** So many hours after the start. */
    static Instant hour(int number) {
        return START.plus(HOUR.multipliedBy(number));
    }

    /** A worker to be that notes the ticks. */
    WorkerBuilder noting() {
        return noting(worker());
    }

    WorkerBuilder noting(WorkerBuilder builder) {
        return builder.concurrency(4).handle(ECHO, (text, job) -> {
            note(job);
            return text;
        });
    }

    private void note(JobContext job) {
        ran.add(job.scheduledFor().orElse(null));
    }

    /** Sets the clock to half a second after this: servers keep their own time, a little beside it. */
    void set(Instant time) {
        clock.set(time.plusMillis(500));
    }

    /** Sets the clock, and runs what is due then. A worker that has run nothing yet has no thread that looks at schedules. */
    void runAt(Instant time) {
        set(time);
        try (Worker worker = build(noting())) {
            worker.drain();
        }
    }

    ScheduleInfo info(String schedule) {
        return millrace.schedule(schedule).info().orElseThrow();
    }

    /** The jobs that a schedule made, oldest tick first. */
    List<JobInfo> jobs(String schedule) {
        List<JobInfo> jobs = new ArrayList<>(
                millrace.jobs().tag("schedule:" + schedule).stream().toList());
        Collections.reverse(jobs);
        return jobs;
    }

    /** The ticks that have a job. */
    List<Instant> made(String schedule) {
        return jobs(schedule).stream()
                .map(job -> job.scheduledFor().orElseThrow())
                .toList();
    }
}
