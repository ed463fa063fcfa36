package dev.millrace.nats;

import dev.millrace.StoreException;
import io.nats.client.Connection;
import io.nats.client.ConnectionListener;
import io.nats.client.Consumer;
import io.nats.client.ErrorListener;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How to connect: what the settings mean to the client library. */
final class Connecting {
    private static final Logger LOG = LoggerFactory.getLogger(NatsStore.class);
    private static final char[] NO_PASSWORD = {};

    private Connecting() {}

    /** What becomes of a connection. */
    enum Event {
        LOST,
        BACK,
        /** The client gave it up, or it was closed. */
        ENDED
    }

    /** Takes what becomes of a connection, on a thread of the client's. */
    interface Hearing {
        void hear(Event event);
    }

    static Options options(Settings settings, Hearing heard) {
        Settings.Reconnect reconnect = settings.reconnect();
        Options.Builder options = new Options.Builder()
                .servers(settings.servers().toArray(new String[0]))
                .connectionName("millrace " + settings.stream())
                .connectionTimeout(min(settings.timeout(), Duration.ofSeconds(5)))
                .maxReconnects(reconnect.attempts())
                .reconnectWait(reconnect.pause())
                .pingInterval(reconnect.ping())
                .maxPingsOut(2)
                // Nothing waits in the client while there is no connection: it fails, and the caller knows.
                .reconnectBufferSize(0)
                .requestCleanupInterval(Duration.ofMillis(250))
                .useTimeoutException()
                .reportNoResponders()
                .dontForceFlushOnRequest()
                .errorListener(new Quiet(settings))
                .connectionListener(listener(settings, heard));
        login(options, settings);
        Settings.Tls tls = settings.tls();
        if (tls != null) {
            options.sslContext(context(settings, tls));
        }
        return options.build();
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    private static void login(Options.Builder options, Settings settings) {
        Settings.Login login = settings.login();
        String user = login.user();
        String password = login.password();
        String token = login.token();
        Path credentials = login.credentials();
        if (user != null && password != null) {
            options.userInfo(user.toCharArray(), password.toCharArray());
        } else if (token != null) {
            options.token(token.toCharArray());
        } else if (credentials != null) {
            if (!Files.isReadable(credentials)) {
                throw new StoreException("creds=" + credentials + " in \"" + settings.shown()
                        + "\" is not a file that can be read. Nothing was connected");
            }
            options.authHandler(Nats.credentials(credentials.toString()));
        }
    }

    private static ConnectionListener listener(Settings settings, Hearing heard) {
        AtomicBoolean told = new AtomicBoolean();
        return (connection, event) -> {
            switch (event) {
                case DISCONNECTED -> {
                    if (connection.getStatus() != Connection.Status.CLOSED && !told.getAndSet(true)) {
                        LOG.warn(
                                "the connection to {} is lost: calls fail until it is back, and it is tried again",
                                settings.shown());
                    }
                    heard.hear(Event.LOST);
                }
                case RECONNECTED -> {
                    told.set(false);
                    LOG.info("connected to {} again", settings.shown());
                    heard.hear(Event.BACK);
                }
                case CLOSED -> heard.hear(Event.ENDED);
                default -> {}
            }
        };
    }

    /** Problems of the connection are told by the calls that they hurt; the rest is for those who look for it. */
    private record Quiet(Settings settings) implements ErrorListener {
        @Override
        public void errorOccurred(Connection connection, String error) {
            LOG.debug("{}: {}", settings.shown(), error);
        }

        @Override
        public void exceptionOccurred(Connection connection, Exception exception) {
            LOG.debug("{}: {}", settings.shown(), exception.toString());
        }

        @Override
        public void slowConsumerDetected(Connection connection, Consumer consumer) {
            LOG.warn(
                    "{}: messages come faster than they are read; some may be lost and asked for again",
                    settings.shown());
        }

        @Override
        public void messageDiscarded(Connection connection, Message message) {
            LOG.debug("{}: a message was not sent", settings.shown());
        }
    }

    private static SSLContext context(Settings settings, Settings.Tls tls) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys(tls), trust(tls), null);
            return NamedTls.of(context);
        } catch (IOException | GeneralSecurityException e) {
            throw new StoreException(
                    "the TLS files of \"" + settings.shown() + "\" cannot be used (" + e.getMessage()
                            + "): tls.ca and tls.cert must be PEM certificates, tls.key a PEM key in PKCS #8",
                    e);
        }
    }

    private static TrustManager @Nullable [] trust(Settings.Tls tls) throws IOException, GeneralSecurityException {
        Path authority = tls.authority();
        if (authority == null) {
            return null;
        }
        KeyStore store = empty();
        int number = 0;
        for (Certificate certificate : certificates(authority)) {
            store.setCertificateEntry("ca" + number++, certificate);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    private static KeyManager @Nullable [] keys(Settings.Tls tls) throws IOException, GeneralSecurityException {
        Path certificate = tls.certificate();
        Path key = tls.key();
        if (certificate == null || key == null) {
            return null;
        }
        KeyStore store = empty();
        store.setKeyEntry(
                "client",
                privateKey(key),
                NO_PASSWORD,
                certificates(certificate).toArray(new Certificate[0]));
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, NO_PASSWORD);
        return factory.getKeyManagers();
    }

    private static KeyStore empty() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, NO_PASSWORD);
        return store;
    }

    private static Collection<? extends Certificate> certificates(Path file)
            throws IOException, GeneralSecurityException {
        try (InputStream in = Files.newInputStream(file)) {
            return CertificateFactory.getInstance("X.509").generateCertificates(in);
        }
    }

    private static PrivateKey privateKey(Path file) throws IOException, GeneralSecurityException {
        String text = Files.readString(file, StandardCharsets.US_ASCII);
        if (!text.contains("BEGIN PRIVATE KEY")) {
            throw new IOException(file + " holds no \"BEGIN PRIVATE KEY\"");
        }
        String base64 = text.replaceAll("(?s).*BEGIN PRIVATE KEY-+|-+END PRIVATE KEY.*|\\s", "");
        PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64));
        for (String algorithm : List.of("RSA", "EC", "Ed25519")) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(spec);
            } catch (InvalidKeySpecException e) {
                // The key is of another algorithm.
            }
        }
        throw new IOException(file + " holds a key of an unknown sort");
    }
}
