package dev.millrace.testkit.server;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a {@link ServerProcess} is started with. Not thread-safe. */
public final class ServerProcessBuilder {
    private final String name;
    private final Map<String, String> environment = new TreeMap<>();
    private List<String> command = List.of();
    private List<String> prefix = List.of();
    private @Nullable Path folder;
    private Ready ready = server -> true;
    private Duration patience = Duration.ofSeconds(30);
    private String stopSignal = "TERM";

    ServerProcessBuilder(String name) {
        this.name = name;
    }

    /** The program and its arguments. */
    public ServerProcessBuilder command(List<String> value) {
        command = List.copyOf(value);
        return this;
    }

    /** The program and its arguments. */
    public ServerProcessBuilder command(String... value) {
        return command(List.of(value));
    }

    /** Its working directory, which also gets its log file. */
    public ServerProcessBuilder folder(Path value) {
        folder = value;
        return this;
    }

    /** Adds a variable to its environment, which is this JVM's otherwise. */
    public ServerProcessBuilder environment(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** When it may be used. Default: at once. */
    public ServerProcessBuilder ready(Ready value) {
        ready = value;
        return this;
    }

    /** How long it may take to be ready, and to end. Default: 30 s. */
    public ServerProcessBuilder patience(Duration value) {
        patience = value;
        return this;
    }

    /**
     * Runs it as this user, for servers that refuse to run as root. Only root may do this; it takes {@code setpriv}, of
     * util-linux. The user must be allowed to use the folder.
     */
    public ServerProcessBuilder user(String value) {
        prefix = List.of("setpriv", "--reuid=" + value, "--regid=" + value, "--init-groups", "--");
        return this;
    }

    /**
     * The signal that asks it to end, without "SIG". Default: TERM; to PostgreSQL that means to wait for its clients, and INT is
     * what is wanted.
     */
    public ServerProcessBuilder stopSignal(String value) {
        stopSignal = value;
        return this;
    }

    /**
     * The server, not yet started.
     *
     * @throws IllegalStateException when it has no command or folder
     */
    public ServerProcess build() {
        if (command.isEmpty()) {
            throw new IllegalStateException(name + " has no command: give one with command(...)");
        }
        folder();
        return new ServerProcess(this);
    }

    /**
     * Builds the server and starts it.
     *
     * @throws IllegalStateException when it does not start: with the end of its log
     */
    public ServerProcess start() {
        return build().start();
    }

    String name() {
        return name;
    }

    Path folder() {
        if (folder == null) {
            throw new IllegalStateException(name + " has no folder: give one with folder(...)");
        }
        return folder;
    }

    List<String> wholeCommand() {
        List<String> whole = new ArrayList<>(prefix);
        whole.addAll(command);
        return whole;
    }

    Map<String, String> environment() {
        return environment;
    }

    Ready ready() {
        return ready;
    }

    Duration patience() {
        return patience;
    }

    String stopSignal() {
        return stopSignal;
    }
}
