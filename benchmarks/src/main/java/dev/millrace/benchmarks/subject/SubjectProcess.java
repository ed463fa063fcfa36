package dev.millrace.benchmarks.subject;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * The process of one queue. It takes commands from standard input, a line each, answers each with a line that begins with
 * {@code ok} or {@code error}, and ends when its input does. Times are in nanoseconds, by {@link System#nanoTime}, which counts from
 * the start of the machine on Linux, so that processes can compare them.
 *
 * <pre>
 * clear PLACE | join PLACE
 * bulk N            -> ok NANOS
 * single N MILLIS   -> ok STORED NANOS     from N threads, for so long
 * process N         -> ok NANOS TWICE      starts the worker; from the first job to the last one settled; stops it
 * some N ALL        -> ok RAN NANOS        the same, of a queue that has more, until N have run
 * claims            -> ok JOBS NANOS       claims alone
 * tell              -> ok                  each job from now on as: ran NUMBER NANOS
 * start | stop
 * enqueue NUMBER    -> ok NANOS            when the call began
 * </pre>
 */
public final class SubjectProcess {
    private final Subject subject;

    private SubjectProcess(Subject subject) {
        this.subject = subject;
    }

    /**
     * Does as it is told.
     *
     * @param arguments the queue's name, the server's port, the database
     */
    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[1]);
        Server server = new Server(port, arguments[2]);
        try (Subject subject = subject(arguments[0], server)) {
            new SubjectProcess(subject).obey();
        }
        System.exit(0); // some queues leave threads behind
    }

    private static Subject subject(String name, Server server) throws Exception {
        return switch (name) {
            case "millrace" -> new MillraceSubject(server);
            case "raw" -> new RawSubject(server, 1);
            case "raw-4" -> new RawSubject(server, 4);
            case "raw-equal" -> new EqualTableSubject(server);
            case "jobrunr" -> new JobRunrSubject(server);
            case "db-scheduler" -> new DbSchedulerSubject(server);
            default -> throw new IllegalArgumentException("there is no queue " + name);
        };
    }

    private void obey() throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        System.out.println("ok ready");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            try {
                System.out.println(("ok " + answer(line.split(" ", -1))).strip());
            } catch (Exception | LinkageError e) {
                e.printStackTrace();
                System.out.println("error " + String.valueOf(e).replaceAll("\\s+", " "));
            }
        }
    }

    private String answer(String[] words) throws Exception {
        switch (words[0]) {
            case "clear" -> subject.clear(words[1]);
            case "join" -> subject.join(words[1]);
            case "bulk" -> {
                long before = System.nanoTime();
                subject.bulk(Integer.parseInt(words[1]));
                return String.valueOf(System.nanoTime() - before);
            }
            case "single" -> {
                return single(Integer.parseInt(words[1]), Long.parseLong(words[2]));
            }
            case "process" -> {
                return process(Integer.parseInt(words[1]));
            }
            case "some" -> {
                return some(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
            }
            case "claims" -> {
                if (!(subject instanceof Claiming claiming)) {
                    throw new IllegalArgumentException("its claims cannot be measured alone");
                }
                return Claiming.ROUND + " " + claiming.claimRound();
            }
            case "tell" -> Handled.tell();
            case "start" -> subject.start();
            case "stop" -> subject.stop();
            case "enqueue" -> {
                long before = System.nanoTime();
                subject.enqueue(Integer.parseInt(words[1]));
                return String.valueOf(before);
            }
            default -> throw new IllegalArgumentException("there is no command " + words[0]);
        }
        return "";
    }

    private String process(int jobs) throws Exception {
        Handled.expect(jobs);
        subject.start();
        Handled.await(jobs);
        while (subject.unfinished() > 0) {
            LockSupport.parkNanos(2_000_000);
        }
        long end = System.nanoTime();
        subject.stop();
        return (end - Handled.firstNanos()) + " " + Handled.twice();
    }

    private String some(int jobs, int all) throws Exception {
        Handled.expect(all);
        subject.start();
        Handled.await(jobs);
        int ran = Handled.distinct();
        long nanos = System.nanoTime() - Handled.firstNanos();
        subject.stop();
        return ran + " " + nanos;
    }

    private String single(int threads, long millis) throws Exception {
        ExecutorService callers = Executors.newFixedThreadPool(threads);
        AtomicInteger next = new AtomicInteger();
        AtomicInteger stored = new AtomicInteger();
        try {
            long start = System.nanoTime();
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                all.add(callers.submit(() -> {
                    while (System.nanoTime() - start < millis * 1_000_000) {
                        subject.enqueue(next.getAndIncrement());
                        stored.incrementAndGet();
                    }
                    return null;
                }));
            }
            for (Future<?> each : all) {
                each.get();
            }
            return stored.get() + " " + (System.nanoTime() - start);
        } finally {
            callers.shutdownNow();
        }
    }
}
