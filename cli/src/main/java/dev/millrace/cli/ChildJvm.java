package dev.millrace.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Another process of this command: the same Java, the same class path. */
public final class ChildJvm {
    private ChildJvm() {}

    /**
     * A builder of the process; its errors go where ours go. It learns the store's address from its environment: its arguments
     * are for all users of the machine to see, and an address may hold a password.
     */
    public static ProcessBuilder of(List<String> jvmOptions, String store, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:-UsePerfData");
        command.addAll(jvmOptions);
        if (Runtime.version().feature() >= 22) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(Main.class.getName());
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("MILLRACE_STORE", store);
        return builder;
    }
}
