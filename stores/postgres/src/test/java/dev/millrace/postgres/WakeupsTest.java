package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.spi.JobSpec;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Store;
import dev.millrace.spi.Store.Signal;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.server.PostgresServer;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.EnumSet;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** Wake-ups from one process to another: two stores on one schema share nothing but the server. */
class WakeupsTest {
    @ParameterizedTest
    @ValueSource(strings = {"plain", "Capital", "with space", "a_name_of_more_letters_than_fit_into_a_channel"})
    void what_one_process_commits_wakes_another_whatever_the_schema_is_called(String kind) throws Exception {
        String schema = kind + UUID.randomUUID().toString().substring(0, 8);
        String address = Servers.NEW.server().url() + "?schema=" + schema.replace(" ", "%20");
        BlockingQueue<EnumSet<Signal>> heard = new LinkedBlockingQueue<>();
        try (Store one = Stores.open(address);
                Store other = Stores.open(address)) {
            one.listen(signals -> heard.add(EnumSet.copyOf(signals)));
            // once it listens it tells everything
            assertThat(heard.poll(60, TimeUnit.SECONDS)).containsExactly(Signal.values());

            other.enqueue(List.of(NewJob.now(JobSpec.plain(Jobs.newId(), Jobs.WORK, Jobs.QUEUE, new byte[0]))));

            assertThat(heard.poll(60, TimeUnit.SECONDS)).contains(Signal.READY);
        } finally {
            Servers.NEW.run("DROP SCHEMA \"" + schema + "\" CASCADE");
        }
    }

    @Test
    void a_lone_enqueue_and_one_just_after_another_wake_other_processes() throws Exception {
        String schema = "lone" + UUID.randomUUID().toString().substring(0, 8);
        String address = Servers.NEW.server().url() + "?schema=" + schema;
        BlockingQueue<EnumSet<Signal>> heard = new LinkedBlockingQueue<>();
        try (Store one = Stores.open(address);
                Store other = Stores.open(address)) {
            other.enqueue(List.of(fresh())); // the lane is made by this one, which goes the long way
            one.listen(signals -> heard.add(EnumSet.copyOf(signals)));
            assertThat(heard.poll(60, TimeUnit.SECONDS)).containsExactly(Signal.values());
            other.enqueue(List.of(fresh()));
            assertThat(heard.poll(60, TimeUnit.SECONDS)).contains(Signal.READY);

            // each is heard of, whether it tells by itself or is told of afterwards
            for (int i = 0; i < 20; i++) {
                other.enqueue(List.of(fresh()));
                assertThat(heard.poll(60, TimeUnit.SECONDS)).contains(Signal.READY);
            }
        } finally {
            Servers.NEW.run("DROP SCHEMA " + schema + " CASCADE");
        }
    }

    private static NewJob fresh() {
        return NewJob.now(JobSpec.plain(Jobs.newId(), Jobs.WORK, Jobs.QUEUE, new byte[0]))
                .withFreshId();
    }

    @Test
    void wake_ups_go_by_the_address_of_their_own_where_there_is_one() throws Exception {
        String schema = "direct" + UUID.randomUUID().toString().substring(0, 8);
        String direct = Servers.NEW.server().url() + "?application_name=" + schema;
        String address = Servers.NEW.server().url() + "?schema=" + schema + "&listen.url="
                + URLEncoder.encode(direct, StandardCharsets.UTF_8);
        BlockingQueue<EnumSet<Signal>> heard = new LinkedBlockingQueue<>();
        try (Store store = Stores.open(address);
                Connection connection = Servers.NEW.connect();
                Statement statement = connection.createStatement()) {
            store.listen(signals -> heard.add(EnumSet.copyOf(signals)));
            assertThat(heard.poll(60, TimeUnit.SECONDS)).containsExactly(Signal.values());

            try (ResultSet rows = statement.executeQuery(
                    "SELECT count(*) FROM pg_stat_activity WHERE application_name = '" + schema + "'")) {
                rows.next();
                assertThat(rows.getInt(1)).isEqualTo(1);
            }
        } finally {
            Servers.NEW.run("DROP SCHEMA " + schema + " CASCADE");
        }
    }

    @Test
    void a_pooler_on_the_way_is_found_out() throws Exception {
        PostgresServer server = Servers.NEW.server();
        // a pooler tells a number of its own for the process that answers
        try (RewritingRelay pooler = new RewritingRelay(
                        server.port(), bytes -> bytes.replaceFirst("(?s)K\\x00\\x00\\x00\\x0c....", "K\0\0\0\fabcd"));
                Connection pooled = connect(pooler.port());
                Connection direct = connect(server.port())) {
            assertThat(Ear.behindPooler(pooled)).isTrue();
            assertThat(Ear.behindPooler(direct)).isFalse();
        }
    }

    @Test
    void others_are_told_again_after_a_fault_that_nobody_foresaw() throws Exception {
        String channel = "channel_" + UUID.randomUUID().toString().substring(0, 8);
        Queue<Throwable> faults =
                new ConcurrentLinkedQueue<>(List.of(new IllegalStateException("broken"), new StackOverflowError()));
        try (Connection hearing = Servers.NEW.connect();
                Statement statement = hearing.createStatement();
                Announcer announcer = new Announcer(silence -> opened(faults), channel, "sender", "shown")) {
            statement.execute("LISTEN " + channel);

            long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
            while (!faults.isEmpty() && System.nanoTime() < end) {
                announcer.announce(EnumSet.of(Signal.READY));
            }
            assertThat(faults).isEmpty();
            announcer.announce(EnumSet.of(Signal.CONTROL));

            PGNotification[] heard = hearing.unwrap(PGConnection.class).getNotifications(60_000);
            assertThat(heard).extracting(PGNotification::getParameter).anyMatch(text -> text.contains("CONTROL"));
        }
    }

    private static Connection opened(Queue<Throwable> faults) throws SQLException {
        Throwable fault = faults.poll();
        if (fault instanceof Error error) {
            throw error;
        }
        if (fault instanceof RuntimeException exception) {
            throw exception;
        }
        return Servers.NEW.connect();
    }

    private static Connection connect(int port) throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=postgres");
    }
}
