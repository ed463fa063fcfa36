package dev.millrace.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version that the build wrote into version.properties. */
final class Version implements IVersionProvider {

    @Override
    public String[] getVersion() throws IOException {
        try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
            if (in == null) {
                throw new IOException("version.properties is missing from the millrace-cli jar; build it again");
            }
            var properties = new Properties();
            properties.load(in);
            return new String[] {"millrace " + properties.getProperty("version")};
        }
    }
}
