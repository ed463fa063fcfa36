package dev.millrace.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.spi.Retention;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreAddress;
import dev.millrace.spi.StoreConfig;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.testkit.server.NatsServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Clock;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whom an encrypted connection trusts. */
class TlsTest {
    private static final char[] PASSWORD = "changeit".toCharArray();

    @TempDir
    Path folder;

    @Test
    void a_server_with_a_certificate_for_its_name_is_trusted() throws Exception {
        try (NatsServer server = server("127.0.0.1");
                Store store = open(server)) {
            assertThat(store.counts()).isEmpty();
        }
    }

    @Test
    void a_server_with_a_certificate_for_another_name_is_not() throws Exception {
        try (NatsServer server = server("127.0.0.9")) {
            assertThatThrownBy(() -> open(server)).isInstanceOf(StoreUnavailableException.class);
        }
    }

    private Store open(NatsServer server) {
        String address = server.url() + "?timeout=2s&tls.ca=" + folder.resolve("cert.pem");
        return new NatsProvider()
                .open(new StoreConfig(StoreAddress.parse(address), Clock.systemUTC(), Retention.DEFAULT));
    }

    private NatsServer server(String name) throws IOException, InterruptedException, GeneralSecurityException {
        Path keys = folder.resolve("keys.p12");
        Process made = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "server",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=server",
                        "-ext",
                        "san=ip:" + name,
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        keys.toString(),
                        "-storepass",
                        new String(PASSWORD))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("keytool.log").toFile())
                .start();
        assertThat(made.waitFor(60, TimeUnit.SECONDS)).isTrue();
        KeyStore store = KeyStore.getInstance(keys.toFile(), PASSWORD);
        Certificate certificate = store.getCertificate("server");
        pem("CERTIFICATE", certificate.getEncoded(), "cert.pem");
        pem("PRIVATE KEY", store.getKey("server", PASSWORD).getEncoded(), "key.pem");
        return NatsServer.start(
                folder,
                NatsServer.jetStream(folder) + "\ntls { cert_file: \"" + folder.resolve("cert.pem") + "\", key_file: \""
                        + folder.resolve("key.pem") + "\" }");
    }

    private void pem(String what, byte[] bytes, String file) throws IOException {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
        Files.writeString(
                folder.resolve(file), "-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n");
    }
}
