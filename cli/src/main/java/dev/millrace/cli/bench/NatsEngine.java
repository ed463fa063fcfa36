package dev.millrace.cli.bench;

import dev.millrace.Millrace;
import dev.millrace.spi.StoreAddress;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;

/** The NATS store, in new streams of the address's servers. */
record NatsEngine(StoreAddress address) implements Engine {

    static NatsEngine of(StoreAddress address) {
        Aside aside = new Aside(address);
        if (aside.user() != null && aside.password() == null) {
            throw new IllegalArgumentException(
                    "bench cannot connect to NATS with a token: measure a server that lets it in without, by a user and"
                            + " password at most");
        }
        return new NatsEngine(Aside.without(address, "token", "creds", "tls", "tls.ca", "tls.cert", "tls.key"));
    }

    @Override
    public String name() {
        return "nats";
    }

    @Override
    public Site open() {
        String stream = Aside.newName();
        String there = new Aside(address).with("stream", stream);
        return new Site(there, Millrace.open(there), () -> delete(stream));
    }

    @Override
    public RawQueue raw() throws Exception {
        int replicas = Integer.parseInt(address.parameter("replicas").orElse("1"));
        return new RawNats(connect(), Aside.newName(), replicas);
    }

    /** Deletes the stream, and others of the same store whose names begin with its name. */
    private void delete(String stream) throws IOException {
        Connection connection = connect();
        try {
            JetStreamManagement management = connection.jetStreamManagement();
            for (String name : management.getStreamNames()) {
                if (name.startsWith(stream)) {
                    management.deleteStream(name);
                }
            }
        } catch (JetStreamApiException e) {
            throw new IOException("the bench's stream " + stream + " could not be deleted: delete it by hand", e);
        } finally {
            close(connection);
        }
    }

    /** Closes a connection; one who is interrupted meanwhile stays so. */
    static void close(Connection connection) {
        try {
            connection.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Connection connect() throws IOException {
        Aside aside = new Aside(address);
        Options.Builder options = new Options.Builder();
        for (String host : aside.hosts().split(",", -1)) {
            options.server("nats://" + host);
        }
        String user = aside.user();
        String password = aside.password();
        if (user != null && password != null) {
            options.userInfo(user, password);
        }
        try {
            return Nats.connect(options.build());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while connecting to " + address.shown(), e);
        }
    }
}
