package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.Failure;
import dev.millrace.JobState;
import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.ExchangeReply;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.Report;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.SettleAnswer;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreAddress;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.spi.Sweep;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.server.PostgresServer;
import dev.millrace.testkit.server.PostgresServer.Durability;
import dev.millrace.testkit.server.TcpProxy;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/** What becomes of calls when the server, its disk or the way to it fails. The server syncs, as in production. */
@Isolated
class FaultsTest {
    /** How often a call is tried that waits up to two seconds each time. */
    private static final int PATIENCE = 60;

    private static final Comparator<UUID> SERVERS_ORDER = Comparator.comparing(UUID::toString);

    private static PostgresServer server;

    private final String schema = "faults_" + UUID.randomUUID().toString().substring(0, 8);
    private final UUID session = Jobs.newId();
    private TcpProxy proxy;
    private Store store;
    private long number;

    @BeforeAll
    static void start() {
        server = PostgresServer.embedded(Durability.POWER_LOSS, "max_connections=20");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void open() {
        proxy = new TcpProxy("127.0.0.1", server.port());
        store = Stores.open(server.url(proxy.port()) + "?pool.timeout=2s&socket_timeout=2s&schema=" + schema);
        store.openSession(new SessionOpening(session, "worker", "{}"));
    }

    @AfterEach
    void close() {
        assertThat(store.verify()).isEmpty();
        store.close();
        proxy.close();
    }

    @Test
    void what_was_accepted_is_there_after_the_server_was_killed() {
        UUID id = enqueue();
        ClaimedJob run = claim().get(0);

        server.process().kill();
        assertThatThrownBy(this::enqueue).isInstanceOf(StoreUnavailableException.class);
        server.process().start();

        // the reply of a first try may have been lost
        assertThat(eventually(() -> settle(run))).isIn(SettleAnswer.APPLIED, SettleAnswer.ALREADY);
        assertThat(settle(run)).isEqualTo(SettleAnswer.ALREADY);
        assertThat(state(id)).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void a_server_that_shuts_down_is_unavailable_until_it_is_back() {
        enqueue();

        server.process().stop();
        assertThatThrownBy(this::claim)
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining(schema);
        server.process().start();

        assertThat(eventually(this::claim)).hasSize(1);
    }

    @Test
    @Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void a_server_that_hangs_is_given_up() {
        UUID id = enqueue();

        proxy.stall();
        assertThatThrownBy(() -> store.get(List.of(id))).isInstanceOf(StoreUnavailableException.class);
        proxy.flow();

        assertThat(eventually(() -> state(id))).isEqualTo(JobState.READY);
    }

    @Test
    void an_enqueue_whose_connection_was_cut_can_be_repeated() {
        UUID id = Jobs.newId();
        proxy.refuse();
        proxy.cut();
        assertThatThrownBy(() -> enqueue(id)).isInstanceOf(StoreUnavailableException.class);
        proxy.accept();

        assertThat(eventually(() -> enqueue(id))).isEqualTo(new Answer.Stored(id));
        assertThat(enqueue(id)).isEqualTo(new Answer.Known(id));
    }

    @Test
    void connections_that_an_administrator_ended_are_replaced() throws Exception {
        UUID id = enqueue();

        sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'millrace'");

        assertThat(eventually(() -> state(id))).isEqualTo(JobState.READY);
    }

    @Test
    void a_server_without_a_connection_left_is_unavailable_not_broken() throws Exception {
        Connection[] hogs = new Connection[20];
        try {
            for (int i = 0; i < hogs.length; i++) {
                try {
                    hogs[i] = connect();
                } catch (SQLException e) {
                    break;
                }
            }
            assertThatThrownBy(() -> Stores.open(server.url() + "?pool.timeout=1s&schema=" + schema))
                    .isInstanceOf(StoreUnavailableException.class)
                    .hasMessageContaining("max_connections");
        } finally {
            for (Connection hog : hogs) {
                if (hog != null) {
                    hog.close();
                }
            }
        }
    }

    @Test
    void a_primary_that_became_read_only_is_unavailable_and_says_so() throws Exception {
        sql("ALTER ROLE postgres SET default_transaction_read_only = on");
        try (Store later = Stores.open(server.url() + "?schema=" + schema)) {
            assertThatThrownBy(() -> later.openSession(new SessionOpening(Jobs.newId(), "worker", "{}")))
                    .isInstanceOf(StoreUnavailableException.class)
                    .hasMessageContaining("read-only");
        } finally {
            sql("ALTER ROLE postgres RESET default_transaction_read_only");
        }
    }

    @Test
    void a_stranger_who_locks_a_job_holds_up_its_settling_for_seconds_not_for_ever() throws Exception {
        enqueue();
        ClaimedJob run = claim().get(0);
        try (Connection stranger = connect();
                Statement statement = stranger.createStatement()) {
            stranger.setAutoCommit(false);
            statement.execute("SELECT * FROM " + schema + ".job FOR UPDATE");

            assertThatThrownBy(() -> settle(run))
                    .isInstanceOf(StoreUnavailableException.class)
                    .hasMessageContaining("Nothing was changed");
            stranger.rollback();
        }
        assertThat(settle(run)).isEqualTo(SettleAnswer.APPLIED);
    }

    @Test
    void a_deadlock_with_a_stranger_leaves_the_settlement_whole() throws Exception {
        for (int tries = 0; tries < PATIENCE && !server.process().log().contains("deadlock detected"); tries++) {
            enqueue();
            enqueue();
            List<ClaimedJob> runs = claim();
            List<UUID> ids = runs.stream()
                    .map(each -> each.run().job())
                    .sorted(SERVERS_ORDER)
                    .toList();
            try (Connection stranger = connect();
                    Statement statement = stranger.createStatement()) {
                stranger.setAutoCommit(false);
                statement.execute("SET LOCAL deadlock_timeout = '10min'"); // the store is to find it
                lock(statement, ids.get(1));
                CompletableFuture<List<SettleAnswer>> settling =
                        CompletableFuture.supplyAsync(() -> eventually(() -> settleAll(runs)));
                awaitWaiting();
                lock(statement, ids.get(0));
                stranger.rollback();

                assertThat(settling.get(PATIENCE, TimeUnit.SECONDS))
                        .containsExactly(SettleAnswer.APPLIED, SettleAnswer.APPLIED);
            }
        }
        assertThat(server.process().log()).contains("deadlock detected");
    }

    private void lock(Statement statement, UUID id) throws SQLException {
        statement.execute("SELECT * FROM " + schema + ".job WHERE id = '" + id + "' FOR UPDATE");
    }

    /** Waits until a call of the store waits for a stranger. */
    private void awaitWaiting() throws SQLException {
        String waiting =
                "SELECT 1 FROM pg_stat_activity WHERE application_name = 'millrace' AND wait_event_type = 'Lock'";
        try (Connection connection = connect()) {
            Latch.await(connection, waiting);
        }
    }

    private List<SettleAnswer> settleAll(List<ClaimedJob> runs) {
        return exchange(
                        runs.stream()
                                .map(each -> Settlement.of(each.run(), new Outcome.Succeeded(null)))
                                .toList(),
                        new Claim.Nothing())
                .answers();
    }

    @Test
    void a_client_frozen_within_a_transaction_holds_others_up_for_seconds_not_for_ever() throws Exception {
        enqueue();
        ClaimedJob run = claim().get(0);
        String address = server.url() + "?socket_timeout=2s&schema=" + schema;
        Settings settings = Settings.of(StoreAddress.parse(address));
        try (Links links = Links.open(settings);
                Connection frozen = links.take();
                Statement statement = frozen.createStatement()) {
            frozen.setAutoCommit(false);
            statement.execute("SELECT * FROM " + schema + ".job FOR UPDATE");
            statement.execute("INSERT INTO " + schema + ".meta VALUES ('rescue_not_before', 0) ON CONFLICT DO NOTHING");
            statement.execute("SELECT * FROM " + schema + ".meta FOR UPDATE");

            SettleAnswer answer = null;
            for (int tries = 0; answer == null && tries < 5; tries++) {
                try {
                    answer = settle(run);
                } catch (StoreUnavailableException e) {
                    assertThat(e).hasMessageContaining("Nothing was changed");
                }
            }
            assertThat(answer).isEqualTo(SettleAnswer.APPLIED);
            SQLException told = catchThrowableOfType(SQLException.class, () -> statement.execute("SELECT 1"));
            assertThat(new PostgresErrors(settings).of(told)).isInstanceOf(StoreUnavailableException.class);
        }
    }

    @Test
    void a_sweep_passes_over_what_another_is_deciding() throws Exception {
        store.sweep(new Sweep(Duration.ofSeconds(30), 100));
        try (Connection other = connect();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("SELECT * FROM " + schema + ".meta FOR UPDATE");
            statement.execute("SELECT * FROM " + schema + ".session FOR UPDATE");

            assertThat(store.sweep(new Sweep(Duration.ofSeconds(30), 100)).rescued())
                    .isZero();
            other.rollback();
        }
    }

    @Test
    void text_that_the_server_cannot_store_spoils_no_exchange() {
        UUID id = enqueue();
        ClaimedJob run = claim().get(0);
        Failure failure = new Failure("odd\0", "a\0b", "\0");

        assertThat(exchange(
                                List.of(new Settlement(
                                        run.run(), new Outcome.Failed(failure), Duration.ZERO, Report.NONE)),
                                new Claim.Nothing())
                        .answers())
                .containsExactly(SettleAnswer.APPLIED);

        assertThat(store.get(List.of(id)).get(0).failure()).isEqualTo(new Failure("odd\uFFFD", "a\uFFFDb", "\uFFFD"));
    }

    /** The first answer: the pool tries a server that was away again after up to five seconds, and a call waits for two here. */
    private static <T> T eventually(Supplier<T> call) {
        for (int tries = 0; ; tries++) {
            try {
                return call.get();
            } catch (StoreUnavailableException e) {
                if (tries == PATIENCE) {
                    throw e;
                }
            }
        }
    }

    private UUID enqueue() {
        UUID id = Jobs.newId();
        enqueue(id);
        return id;
    }

    private Answer enqueue(UUID id) {
        return store.enqueue(List.of(NewJob.now(JobSpec.plain(id, Jobs.WORK, Jobs.QUEUE, new byte[] {1}))))
                .get(0);
    }

    private List<ClaimedJob> claim() {
        return exchange(List.of(), new Claim.Next(new Claim.Queues.AllBut(Set.of()), Set.of(Jobs.WORK), -1000, 10, 1))
                .claimed();
    }

    private SettleAnswer settle(ClaimedJob run) {
        return exchange(List.of(Settlement.of(run.run(), new Outcome.Succeeded(null))), new Claim.Nothing())
                .answers()
                .get(0);
    }

    private ExchangeReply exchange(List<Settlement> settlements, Claim claim) {
        return store.exchange(new Exchange(session, ++number, settlements, claim));
    }

    private JobState state(UUID id) {
        return store.get(List.of(id)).get(0).state();
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + server.port()
                + "/postgres?user=postgres&options=-c%20default_transaction_read_only=off");
    }

    private void sql(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
