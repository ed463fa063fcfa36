package dev.millrace.cli;

import dev.millrace.Settings;
import dev.millrace.cli.out.Durations;
import dev.millrace.cli.out.Moments;
import dev.millrace.cli.out.Terminal;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The {@code millrace} command. Exit codes: 0 done; 1 failed, not found or refused; 2 wrong usage. */
@Command(
        name = "millrace",
        description = "A durable background-job queue.",
        synopsisHeading = "",
        customSynopsis = "Usage: millrace [--store URL] COMMAND",
        descriptionHeading = "%n",
        optionListHeading = "%nOptions:%n",
        footerHeading = "%n",
        footer =
                "millrace COMMAND --help says more. Exit codes: 0 done; 1 failed, not found or refused; 2 wrong usage.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
public final class Main implements Runnable {
    private final Terminal terminal;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--store",
            scope = ScopeType.INHERIT,
            paramLabel = "URL",
            description =
                    "Where the jobs live, as in sqlite:jobs.db, postgresql://user@host/database, redis://host:6379/0,"
                            + " redis+cluster://host1,host2 or nats://host:4222. Else what MILLRACE_STORE or the file of settings says; else "
                            + StoreChoice.DEFAULT + ".")
    private @Nullable String store;

    @Option(
            names = "--config",
            scope = ScopeType.INHERIT,
            paramLabel = "FILE",
            description =
                    "Settings, as properties or YAML. Else the file that MILLRACE_CONFIG names; else millrace.properties,"
                            + " millrace.yaml or millrace.yml here. The environment wins over the file, and options over both.")
    private @Nullable Path config;

    private @Nullable Settings settings;

    @Option(
            names = "--debug",
            scope = ScopeType.INHERIT,
            description = "Print the stack trace of an error (or set MILLRACE_DEBUG).")
    private boolean debug;

    private Main(Terminal terminal) {
        this.terminal = terminal;
    }

    /** Runs the command and exits with its code. */
    public static void main(String[] args) throws IOException {
        if (List.of(args).equals(List.of("--version"))) {
            // Answered before any subcommand is built: people and scripts ask for it to see whether it works at all.
            writer(FileDescriptor.out).println(new Version().getVersion()[0]);
            return;
        }
        CommandLine line = commandLine(Terminal.system(), args);
        line.setOut(writer(FileDescriptor.out));
        line.setErr(writer(FileDescriptor.err));
        System.exit(line.execute(args));
    }

    /**
     * The command, ready to run; its output goes to System.out unless told otherwise.
     *
     * @param arguments what it will be run with: subcommands that they do not name are left out
     */
    static CommandLine commandLine(Terminal terminal, String... arguments) {
        Main main = new Main(terminal);
        CommandLine line = new CommandLine(main);
        Commands.add(line, arguments);
        line.registerConverter(Duration.class, Durations::parse);
        line.registerConverter(Instant.class, Moments::parse);
        line.registerConverter(ZoneId.class, Choices::zone);
        line.registerConverter(UUID.class, Choices::uuid);
        line.setDefaultValueProvider(new SettingDefaults(main::settings));
        line.setUsageHelpWidth(Math.max(60, Math.min(terminal.columns(), 120)));
        line.setUsageHelpAutoWidth(false);
        line.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST_HEADING, none -> "");
        line.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, new CommandList());
        line.setExpandAtFiles(false); // @ begins words of the user's own, as in curl -d @{}
        line.setColorScheme(CommandLine.Help.defaultColorScheme(
                terminal.colours() ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF));
        OneLine errors = new OneLine(main::debug);
        line.setParameterExceptionHandler(errors);
        line.setExecutionExceptionHandler(errors);
        return line;
    }

    /** UTF-8 whatever the locale says: JSON is, and half of what is printed comes from the store. */
    private static PrintWriter writer(FileDescriptor descriptor) {
        return new PrintWriter(new OutputStreamWriter(new FileOutputStream(descriptor), StandardCharsets.UTF_8), true);
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Which command?");
    }

    /** Where it runs. */
    public Terminal terminal() {
        return terminal;
    }

    /** The store that is meant. */
    public StoreChoice store() {
        return StoreChoice.of(store, settings());
    }

    /** A store that a command names by itself. */
    public StoreChoice store(String address) {
        return new StoreChoice(address, settings());
    }

    /** What the file of settings and the environment say. */
    Settings settings() {
        if (settings == null) {
            settings = Settings.load(config, terminal.environment());
        }
        return settings;
    }

    /** Whether a store is named on the command line. */
    public boolean storeGiven() {
        return store != null;
    }

    /** What other processes of this command must find in their environment to be set as this one is. */
    Map<String, String> environmentOfChildren() {
        Map<String, String> environment = new HashMap<>();
        if (config != null) {
            environment.put("MILLRACE_CONFIG", config.toAbsolutePath().toString());
        }
        if (debug) {
            environment.put("MILLRACE_DEBUG", "1");
        }
        return environment;
    }

    private boolean debug() {
        return debug
                || !terminal.environment().getOrDefault("MILLRACE_DEBUG", "").isEmpty();
    }
}
