package dev.millrace.testkit.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerProcessTest {
    @TempDir
    Path folder;

    private final int port = FreePorts.next();
    private ServerProcess server;

    @AfterEach
    void end() {
        if (server != null) {
            server.close();
        }
    }

    private ServerProcessBuilder echo() {
        return ServerProcess.named("echo")
                .command(EchoServer.command(port))
                .folder(folder)
                .environment("GREETING", "good day")
                .ready(Ready.port(port).and(Ready.logged("serving")));
    }

    private Socket connect() throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), port);
    }

    private static String ask(Socket socket, int patience) throws IOException {
        socket.setSoTimeout(patience);
        socket.getOutputStream().write("hello".getBytes(StandardCharsets.UTF_8));
        return new String(socket.getInputStream().readNBytes(5), StandardCharsets.UTF_8);
    }

    private static void until(BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Test
    void a_started_server_serves_and_its_log_and_environment_are_its_own() throws Exception {
        server = echo().start();

        try (Socket socket = connect()) {
            assertThat(ask(socket, 20_000)).isEqualTo("hello");
        }
        assertThat(server.alive()).isTrue();
        assertThat(ProcessHandle.of(server.pid())).isPresent();
        assertThat(server.log()).contains("serving, good day");
        assertThatThrownBy(server::start).hasMessageContaining("runs already");
    }

    @Test
    void a_killed_server_is_gone_and_starts_again_at_its_port() throws Exception {
        server = echo().start();
        ProcessHandle first = ProcessHandle.of(server.pid()).orElseThrow();
        try (Socket socket = connect()) {
            assertThat(ask(socket, 20_000)).isEqualTo("hello");

            server.kill();

            assertThat(first.isAlive()).isFalse();
            assertThat(server.alive()).isFalse();
            assertThatThrownBy(this::connect).isInstanceOf(IOException.class);
            assertThatThrownBy(server::pid).hasMessageContaining("does not run").hasMessageContaining("serving");
        }

        server.start();

        assertThat(server.pid()).isNotEqualTo(first.pid());
        try (Socket socket = connect()) {
            assertThat(ask(socket, 20_000)).isEqualTo("hello");
        }
    }

    @Test
    void a_server_whose_port_is_taken_for_a_moment_starts_once_it_is_free() throws Exception {
        server = echo().build();
        CompletableFuture<?> starting;
        try (ServerSocket other = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            starting = CompletableFuture.runAsync(server::start);
            until(() -> told().contains("already in use"));
            assertThat(other.isBound()).isTrue();
        }

        starting.get(20, TimeUnit.SECONDS);

        try (Socket socket = connect()) {
            assertThat(ask(socket, 20_000)).isEqualTo("hello");
        }
    }

    /** What is in its log, also while it starts. */
    private String told() {
        try {
            Path log = folder.resolve("echo.log");
            return Files.exists(log) ? Files.readString(log) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void a_frozen_server_keeps_its_connections_and_answers_once_it_is_woken() throws Exception {
        server = echo().start();
        try (Socket socket = connect()) {
            server.pause();

            assertThatThrownBy(() -> ask(socket, 100)).isInstanceOf(SocketTimeoutException.class);
            server.resume();

            socket.setSoTimeout(20_000);
            assertThat(socket.getInputStream().readNBytes(5)).asString().isEqualTo("hello");
        }
    }

    @Test
    void a_frozen_server_can_be_restarted() throws Exception {
        server = echo().start();
        long first = server.pid();
        server.pause();

        server.restart();

        assertThat(server.pid()).isNotEqualTo(first);
        try (Socket socket = connect()) {
            assertThat(ask(socket, 20_000)).isEqualTo("hello");
        }
    }

    @Test
    void what_a_server_started_is_killed_with_it() throws Exception {
        server = ServerProcess.named("family")
                .command("sh", "-c", "sh -c 'echo child; while :; do sleep 1000; done' & echo parent; wait")
                .folder(folder)
                .ready(Ready.logged("child").and(Ready.logged("parent")))
                .start();
        ProcessHandle parent = ProcessHandle.of(server.pid()).orElseThrow();
        until(() -> parent.descendants().count() == 2);
        var family = parent.descendants().toList();

        server.kill();

        assertThat(family).allMatch(Signals::gone);
    }

    @Test
    void a_server_that_does_not_end_when_asked_is_killed() throws Exception {
        server = ServerProcess.named("stubborn")
                .command("sh", "-c", "trap '' TERM; echo here; while :; do sleep 1; done")
                .folder(folder)
                .patience(Duration.ofMillis(300))
                .ready(Ready.logged("here"))
                .start();
        ProcessHandle process = ProcessHandle.of(server.pid()).orElseThrow();

        server.stop();

        until(() -> Signals.gone(process));
    }

    @Test
    void a_server_that_ends_at_once_is_an_error_with_its_log() {
        ServerProcessBuilder broken = ServerProcess.named("echo")
                .command(EchoServer.command())
                .folder(folder)
                .ready(Ready.port(port));

        assertThatThrownBy(broken::start)
                .hasMessageContaining("echo did not start")
                .hasMessageContaining("exit code 3")
                .hasMessageContaining("no port is given");
    }

    @Test
    void a_server_that_is_not_ready_in_time_is_an_error_and_is_ended() {
        server = ServerProcess.named("mute")
                .command("sh", "-c", "echo waiting; sleep 1000")
                .folder(folder)
                .patience(Duration.ofMillis(200))
                .ready(Ready.port(port))
                .build();

        assertThatThrownBy(server::start).hasMessageContaining("not ready within 200 ms");
        assertThat(server.alive()).isFalse();
    }

    @Test
    void a_program_that_is_not_there_is_an_error_that_says_so() {
        ServerProcessBuilder missing =
                ServerProcess.named("nothing").command("no-such-server").folder(folder);

        assertThatThrownBy(missing::start)
                .hasMessageContaining("nothing did not start")
                .hasMessageContaining("no-such-server");
    }

    @Test
    void a_server_can_be_run_as_another_user() {
        assertThat(ServerProcess.named("db")
                        .user("postgres")
                        .command("postgres", "-D", "data")
                        .wholeCommand())
                .startsWith("setpriv", "--reuid=postgres", "--regid=postgres")
                .endsWith("postgres", "-D", "data");
    }
}
