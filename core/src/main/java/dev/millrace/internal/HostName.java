package dev.millrace.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What this machine is called, without asking a name server, which may take seconds. */
public final class HostName {
    private static final String NAME = find();

    private HostName() {}

    public static String get() {
        return NAME;
    }

    private static String find() {
        Path kernel = Path.of("/proc/sys/kernel/hostname");
        try {
            if (Files.isReadable(kernel)) {
                String name = Files.readString(kernel).strip();
                if (!name.isEmpty()) {
                    return name;
                }
            }
        } catch (IOException e) {
            // The environment is asked instead.
        }
        String name = System.getenv("HOSTNAME") != null ? System.getenv("HOSTNAME") : System.getenv("COMPUTERNAME");
        return name == null || name.isBlank() ? "localhost" : name.strip();
    }
}
