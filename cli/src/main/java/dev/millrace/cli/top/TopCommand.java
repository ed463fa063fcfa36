package dev.millrace.cli.top;

import dev.millrace.Millrace;
import dev.millrace.cli.Main;
import dev.millrace.cli.out.Terminal;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jline.terminal.TerminalBuilder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Shows queues and workers live. */
@Command(
        name = "top",
        description =
                "Show queues and workers live; pause a queue and let it go on. For programs: millrace stats --json.",
        mixinStandardHelpOptions = true)
public final class TopCommand implements Callable<Integer> {
    private static final Duration LEAST = Duration.ofMillis(100);

    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(names = "--once", description = "Print it once, as where there is no terminal.")
    private boolean once;

    @Option(
            names = "--every",
            paramLabel = "TIME",
            defaultValue = "1s",
            description = "How often to look, at least 100ms; 1s if left out.")
    private Duration every = Duration.ofSeconds(1);

    @Override
    public Integer call() throws IOException {
        if (every.compareTo(LEAST) < 0) {
            throw new ParameterException(
                    spec.commandLine(), "--every " + every.toMillis() + "ms is too often: give 100ms or more.");
        }
        Terminal terminal = main.terminal();
        if (once) {
            try (Millrace millrace = main.store().openToLook()) {
                frame(millrace)
                        .lines(terminal.columns(), Integer.MAX_VALUE, terminal.colours(), null)
                        .forEach(spec.commandLine().getOut()::println);
            }
            return 0;
        }
        if (!terminal.typed() || !terminal.seen()) {
            throw new ParameterException(
                    spec.commandLine(), "there is no terminal to show it on: add --once to print it once.");
        }
        try (Millrace millrace = main.store().openExisting();
                org.jline.terminal.Terminal screen =
                        TerminalBuilder.builder().system(true).dumb(false).build()) {
            new Screen(screen, millrace, () -> frame(millrace), terminal.colours()).run(every);
        }
        return 0;
    }

    private Frame frame(Millrace millrace) {
        return new Frame(main.store().shown(), millrace.stats(), millrace.health());
    }
}
