package dev.millrace.benchmarks.postgres;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * The process of a contestant, which does as it is told, a line at a time. It is killed with all that it started when it is closed or this JVM
 * ends; it also ends by itself when its input does.
 */
final class Running implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 1_800;
    private static final String ENDED = "error its process has ended";
    private static final Set<Running> ALL = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> ALL.forEach(Running::kill), "end-contestants"));
    }

    private final Process process;
    private final Path errors;
    private final BlockingQueue<String> answers = new ArrayBlockingQueue<>(16);
    private final Map<Integer, Long> ran = new ConcurrentHashMap<>();

    private Running(Process process, Path errors) {
        this.process = process;
        this.errors = errors;
    }

    /**
     * Starts it and waits until it is ready.
     *
     * @throws ContestantException when it does not start
     */
    static Running start(String name, List<String> command) throws IOException, InterruptedException {
        Path errors = Files.createTempFile("millrace-benchmark", ".log");
        errors.toFile().deleteOnExit();
        Process process =
                new ProcessBuilder(command).redirectError(errors.toFile()).start();
        Running running = new Running(process, errors);
        ALL.add(running);
        Thread reader = new Thread(running::read, "answers of " + name);
        reader.setDaemon(true);
        reader.start();
        try {
            running.answer();
        } catch (ContestantException e) {
            running.close();
            throw e;
        }
        return running;
    }

    private void read() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("ran ")) {
                    String[] words = line.split(" ", -1);
                    ran.putIfAbsent(Integer.valueOf(words[1]), Long.valueOf(words[2]));
                } else if (line.startsWith("ok") || line.startsWith("error ")) {
                    answers.put(line);
                }
            }
            answers.put(ENDED);
        } catch (IOException e) {
            answers.add(ENDED + ": " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Has it do something, and waits until it is done.
     *
     * @return the numbers that it answers
     * @throws ContestantException when it cannot
     */
    long[] tell(String command) throws IOException, InterruptedException {
        OutputStream out = process.getOutputStream();
        try {
            out.write((command + "\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
        } catch (IOException e) {
            throw new ContestantException("its process has ended before \"" + command + "\"" + tail());
        }
        return answer();
    }

    private long[] answer() throws IOException, InterruptedException {
        String line = answers.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (line == null) {
            throw new ContestantException("no answer within " + PATIENCE_SECONDS + " s" + tail());
        }
        if (!line.startsWith("ok")) {
            throw new ContestantException(line.substring("error ".length()) + tail());
        }
        return line.equals("ok") || line.equals("ok ready")
                ? new long[0]
                : List.of(line.substring(3).split(" ", -1)).stream()
                        .mapToLong(Long::parseLong)
                        .toArray();
    }

    /** When jobs ran, by their numbers, once it was told to tell. */
    Map<Integer, Long> ran() {
        return ran;
    }

    /** The processor time that it has used. */
    Duration cpu() {
        return process.info()
                .totalCpuDuration()
                .orElseThrow(() ->
                        new ContestantException("the system does not say how much processor time a process has used"));
    }

    private String tail() throws IOException {
        String text = Files.readString(errors).strip();
        return text.isEmpty() ? "" : System.lineSeparator() + text.substring(Math.max(0, text.length() - 1_500));
    }

    private void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    @Override
    public void close() throws IOException {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            // it has ended already
        }
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                kill();
                process.waitFor();
            }
        } catch (InterruptedException e) {
            kill();
            Thread.currentThread().interrupt();
        }
        ALL.remove(this);
        Files.deleteIfExists(errors);
    }
}
