package dev.millrace.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.StoreException;
import dev.millrace.spi.LayoutPlan;
import dev.millrace.spi.Notes;
import dev.millrace.spi.Retention;
import dev.millrace.spi.Store;
import dev.millrace.spi.Store.Signal;
import dev.millrace.spi.StoreAddress;
import dev.millrace.spi.StoreConfig;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.testkit.server.FreePorts;
import dev.millrace.testkit.server.NatsServer;
import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is found when a store is opened, and what is refused with a reason. */
class OpeningTest {
    @TempDir
    Path folder;

    @Test
    void a_server_that_is_not_there_is_said_to_be_so() {
        assertThatThrownBy(() -> open("nats://127.0.0.1:" + FreePorts.next()))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("is a NATS server running there?");
    }

    @Test
    void the_layout_is_told_before_and_after_the_first_opening_and_looking_makes_no_stream() {
        try (NatsServer server = NatsServer.start(folder)) {
            String address = server.url() + "?stream=planned";
            LayoutPlan plan = layout(address);
            assertThat(plan.present()).isZero();
            assertThat(plan.script()).contains("\"planned\"").contains("planned.journal");
            assertThat(layout(address)).isEqualTo(plan);

            open(address).close();

            assertThat(layout(address)).isEqualTo(new LayoutPlan(Draft.VERSION, Draft.VERSION, ""));
        }
    }

    @Test
    void a_wrong_password_is_refused_and_not_shown() {
        String accounts = "authorization { user: ada, password: right }";
        try (NatsServer server = NatsServer.start(folder, NatsServer.jetStream(folder) + "\n" + accounts)) {
            assertThatThrownBy(() -> open("nats://ada:wrong@127.0.0.1:" + server.port() + "?timeout=2s"))
                    .isInstanceOf(StoreException.class)
                    .isNotInstanceOf(StoreUnavailableException.class)
                    .hasMessageContaining("login")
                    .hasMessageNotContaining("wrong");
            try (Store store = open("nats://ada:right@127.0.0.1:" + server.port())) {
                assertThat(store.info().address()).doesNotContain("right");
            }
        }
    }

    @Test
    void a_login_that_is_refused_for_a_while_ends_nothing() throws IOException {
        Path configuration = folder.resolve("nats-server.conf");
        String right = "authorization { user: ada, password: right }";
        try (NatsServer server = NatsServer.start(folder, NatsServer.jetStream(folder) + "\n" + right);
                Store store = open("nats://ada:right@127.0.0.1:" + server.port() + "?reconnect.wait=20ms&timeout=1s")) {
            List<Signal> heard = new CopyOnWriteArrayList<>();
            store.listen(heard::addAll);
            String good = Files.readString(configuration);
            Files.writeString(configuration, good.replace("password: right", "password: changed"));
            server.process().kill();
            server.process().start();
            await(() -> server.process().log().split("authentication error", -1).length > 4);
            assertThatThrownBy(store::counts).isInstanceOf(StoreUnavailableException.class);

            Files.writeString(configuration, good);
            server.process().kill();
            server.process().start();

            await(() -> accepts(store));
            await(() -> heard.contains(Signal.CONTROL));
        }
    }

    private static boolean accepts(Store store) {
        try {
            store.putNote("settings", "pause", new byte[] {1}, Notes.ABSENT, null);
            return true;
        } catch (StoreUnavailableException e) {
            return false;
        }
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited long enough").isLessThan(deadline);
            LockSupport.parkNanos(20_000_000);
        }
    }

    @Test
    void a_stream_that_was_deleted_or_made_anew_is_told_of_and_not_used() {
        String address = Servers.server().url() + "?stream=anew&timeout=3s";
        try (Store store = open(address)) {
            store.putNote("settings", "pause", new byte[] {1}, Notes.ABSENT, null);
            Admin.run(
                    Servers.server().url(),
                    connection -> connection.jetStreamManagement().deleteStream("anew"));
            await(() -> says(store, "is gone"));

            open(address).close();

            await(() -> says(store, "made anew"));
        }
    }

    private static boolean says(Store store, String what) {
        try {
            store.counts();
            return false;
        } catch (StoreUnavailableException e) {
            return false;
        } catch (StoreException e) {
            return String.valueOf(e.getMessage()).contains(what);
        }
    }

    @Test
    void a_token_lets_in() {
        String accounts = "authorization { token: \"s3cret\" }";
        try (NatsServer server = NatsServer.start(folder, NatsServer.jetStream(folder) + "\n" + accounts);
                Store store = open(server.url() + "?token=s3cret")) {
            assertThat(store.counts()).isEmpty();
        }
    }

    @Test
    void a_server_without_jetstream_is_refused() {
        try (NatsServer server = NatsServer.start(folder, "")) {
            assertThatThrownBy(() -> open(server.url()))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("JetStream");
        }
    }

    @Test
    void more_replicas_than_servers_are_refused() {
        assertThatThrownBy(() -> open(Servers.server().url() + "?stream=toomany&replicas=3"))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("replicas=3");
    }

    @Test
    void a_stream_that_would_lose_messages_is_refused() {
        assertRefused("aged", stream -> stream.maxAge(Duration.ofDays(1)), "max_age");
        assertRefused("capped", stream -> stream.maxMessages(1_000), "max_msgs");
        assertRefused("memory", stream -> stream.storageType(StorageType.Memory), "storage");
        assertRefused("old", stream -> stream.discardPolicy(DiscardPolicy.Old), "discard");
        assertRefused("other", stream -> stream.subjects("somewhere.else"), "subjects");
        assertRefused("latest", stream -> stream.maxMessagesPerSubject(1), "max_msgs_per_subject");
    }

    private static void assertRefused(String name, UnaryOperator<StreamConfiguration.Builder> change, String what) {
        Subjects subjects = new Subjects(name);
        StreamConfiguration.Builder good = StreamConfiguration.builder()
                .name(name)
                .subjects(subjects.kept())
                .storageType(StorageType.File)
                .discardPolicy(DiscardPolicy.New);
        StreamConfiguration bad = change.apply(good).build();
        Admin.run(
                Servers.server().url(),
                connection -> connection.jetStreamManagement().addStream(bad));
        assertThatThrownBy(() -> open(Servers.server().url() + "?stream=" + name))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining(what)
                .hasMessageContaining("nats stream edit");
    }

    @Test
    void a_stream_of_a_newer_layout_is_refused() {
        NatsPlace place = new NatsPlace(Servers.server().url(), 1);
        place.open(Clock.systemUTC(), Retention.DEFAULT).close();
        Admin.run(
                Servers.server().url(),
                connection -> connection
                        .jetStream()
                        .publish(new Subjects(place.stream()).lead(), new byte[] {Draft.VERSION + 1, 1, 2, 3}));

        assertThatThrownBy(() -> place.open(Clock.systemUTC(), Retention.DEFAULT))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("layout");
        place.close();
    }

    @Test
    void a_stream_of_layout_1_is_told_and_is_of_the_present_one_when_it_was_opened() {
        NatsPlace place = new NatsPlace(Servers.server().url(), 1);
        place.open(Clock.systemUTC(), Retention.DEFAULT).close();
        byte[] lead = new Lead(UUID.randomUUID(), true, "an old one").toBytes();
        lead[0] = 1;
        Admin.run(
                Servers.server().url(),
                connection -> connection.jetStream().publish(new Subjects(place.stream()).lead(), lead));
        String address = place.address(Servers.server().url());

        assertThat(layout(address)).isEqualTo(new LayoutPlan(1, Draft.VERSION, ""));
        place.open(Clock.systemUTC(), Retention.DEFAULT).close();

        assertThat(layout(address)).isEqualTo(new LayoutPlan(Draft.VERSION, Draft.VERSION, ""));
        place.close();
    }

    @Test
    void an_instance_that_may_not_lead_says_that_no_one_does() {
        NatsPlace place = new NatsPlace(Servers.server().url(), 1);

        assertThatThrownBy(() -> place.open("&lead=false&timeout=3s", Clock.systemUTC(), Retention.DEFAULT))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("lead=false");
    }

    @Test
    void it_says_what_an_accepted_job_survives() {
        try (Store one = open(Servers.server().url() + "?stream=alone");
                Store three = open(Servers.cluster().url() + "?stream=three&replicas=3")) {
            assertThat(one.info().durability()).contains("death of any process").contains("sync_interval");
            assertThat(three.info().durability()).contains("of any 1 of its 3 servers");
            assertThat(one.info().version()).startsWith("2.");
        }
    }

    private static LayoutPlan layout(String address) {
        return new NatsProvider()
                .layout(new StoreConfig(StoreAddress.parse(address), Clock.systemUTC(), Retention.DEFAULT));
    }

    private static Store open(String address) {
        return new NatsProvider()
                .open(new StoreConfig(StoreAddress.parse(address), Clock.systemUTC(), Retention.DEFAULT));
    }
}
