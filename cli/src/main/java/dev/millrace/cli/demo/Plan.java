package dev.millrace.cli.demo;

import dev.millrace.JobRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done, so that there is a half-way to see.
 *
 * @param tree the files
 * @param rounds how often each is read: more than once if there are few
 * @param pause how long each job rests
 */
record Plan(FileTree tree, int rounds, Duration pause) {
    private static final int FEWEST_JOBS = 60;
    private static final long WANTED_MILLIS = 5_000;
    private static final long MOST_PAUSE_MILLIS = 500;

    /** @param pause as told; null for what makes it last a few seconds */
    static Plan of(FileTree tree, int workers, @Nullable Duration pause) {
        int files = tree.files().size();
        int rounds = Math.max(1, (FEWEST_JOBS + files - 1) / files);
        if (pause != null) {
            return new Plan(tree, rounds, pause);
        }
        long each = WANTED_MILLIS * workers * DemoWorkerCommand.CONCURRENCY / ((long) files * rounds);
        return new Plan(tree, rounds, Duration.ofMillis(Math.min(MOST_PAUSE_MILLIS, each)));
    }

    int jobs() {
        return tree.files().size() * rounds;
    }

    List<JobRequest<String>> requests(String queue) {
        List<JobRequest<String>> requests = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            tree.files()
                    .forEach(file -> requests.add(Checksum.TYPE
                            .with(new Checksum.Task(file.toAbsolutePath().toString(), pause.toMillis()))
                            .queue(queue)));
        }
        return requests;
    }
}
