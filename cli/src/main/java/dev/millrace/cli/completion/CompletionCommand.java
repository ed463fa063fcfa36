package dev.millrace.cli.completion;

import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints the script by which a shell completes the command. */
@Command(
        name = "completion",
        description = "Print the script by which a shell completes commands, options and states.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "For bash: eval \"$(millrace completion bash)\"",
            "For zsh, after compinit: eval \"$(millrace completion zsh)\"",
            "For fish: millrace completion fish > ~/.config/fish/completions/millrace.fish"
        })
public final class CompletionCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "SHELL",
            completionCandidates = Shells.class,
            description = "bash, zsh or fish.")
    private String shell = "";

    /** The shells that are known. */
    static final class Shells implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return List.of("bash", "zsh", "fish").iterator();
        }
    }

    @Override
    public Integer call() {
        CommandLine root = spec.root().commandLine();
        String script = switch (shell) {
            case "bash", "zsh" -> AutoComplete.bash("millrace", root);
            case "fish" -> new FishScript(root.getCommandSpec()).text();
            default ->
                throw new IllegalArgumentException(
                        "there is no completion for \"" + shell + "\": there is one for bash, zsh and fish");
        };
        spec.commandLine().getOut().print(script);
        spec.commandLine().getOut().flush();
        return 0;
    }
}
