package dev.millrace.testkit.server;

import java.nio.file.Path;
import java.util.List;

/**
 * A server's certificate for {@code 127.0.0.1}, signed by a root of its own that nobody else trusts. It is valid for two days.
 *
 * @param root the root's certificate, to be trusted by clients
 * @param certificate the server's
 * @param key the server's private key, which the server alone may read
 */
public record Certificate(Path root, Path certificate, Path key) {

    /** Makes one, by {@code openssl}. */
    static Certificate in(ServerFolder folder, String name) {
        Path openssl = Path.of("/usr/bin/openssl");
        String root = name + "-root";
        folder.write(name + ".ext", "subjectAltName = IP:127.0.0.1\n");
        folder.run(
                openssl,
                words("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=" + root
                        + " -keyout " + root + ".key -out " + root + ".crt"));
        folder.run(
                openssl,
                words("req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=" + name + " -keyout "
                        + name + ".key -out " + name + ".csr"));
        folder.run(
                openssl,
                words("x509 -req -days 2 -CAcreateserial -in " + name + ".csr -CA " + root + ".crt -CAkey " + root
                        + ".key -extfile " + name + ".ext -out " + name + ".crt"));
        Path path = folder.path();
        return new Certificate(path.resolve(root + ".crt"), path.resolve(name + ".crt"), path.resolve(name + ".key"));
    }

    private static List<String> words(String line) {
        return List.of(line.split(" "));
    }
}
