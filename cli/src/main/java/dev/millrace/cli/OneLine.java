package dev.millrace.cli;

import dev.millrace.cli.out.Style;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Errors as one line that says what to do; the stack trace only for those who ask. */
final class OneLine implements IParameterExceptionHandler, IExecutionExceptionHandler {
    /** How picocli begins when two of a group are given that exclude each other, and the group has more than them. */
    private static final String TWICE = "expected only one match but got";

    private static final Pattern GIVEN = Pattern.compile("=\\{(--.*?)\\}(?= and \\[|\\.?$)");

    private final BooleanSupplier debug;

    OneLine(BooleanSupplier debug) {
        this.debug = debug;
    }

    @Override
    public int handleParseException(ParameterException error, String[] args) {
        CommandLine line = error.getCommandLine();
        String message = plain(String.valueOf(error.getMessage()));
        if (error.getCause() instanceof IllegalArgumentException cause && cause.getMessage() != null) {
            message = cause.getMessage();
        }
        if (error instanceof UnmatchedArgumentException unmatched) {
            String first = unmatched.getUnmatched().get(0);
            if (line.getParent() == null && !first.startsWith("-")) {
                message = "there is no command \"" + first + "\"";
            }
            List<String> near = unmatched.getSuggestions();
            message += near.isEmpty() ? "" : " (did you mean " + String.join(" or ", near) + "?)";
        }
        print(line, end(message) + " See " + line.getCommandSpec().qualifiedName() + " --help.", error);
        return line.getCommandSpec().exitCodeOnInvalidInput();
    }

    @Override
    public int handleExecutionException(Exception error, CommandLine line, ParseResult parsed) {
        if (error instanceof IllegalArgumentException) {
            print(line, String.valueOf(error.getMessage()), error);
            return line.getCommandSpec().exitCodeOnInvalidInput();
        }
        boolean ours = error instanceof dev.millrace.MillraceException || error instanceof IllegalStateException;
        String message = ours
                ? String.valueOf(error.getMessage())
                : "failed with " + error + ". Run it again with --debug to see where";
        print(line, message, error);
        return line.getCommandSpec().exitCodeOnExecutionException();
    }

    /** What picocli says, without what only its own users can read. */
    private static String plain(String message) {
        if (message.contains(TWICE)) {
            List<String> given = GIVEN.matcher(message)
                    .results()
                    .map(found -> found.group(1))
                    .toList();
            return String.join(" and ", given) + " do not go together: leave one out";
        }
        return message.replaceFirst("^Error: ", "").replace("option option", "option");
    }

    private static String end(String message) {
        return message.matches("(?s).*[.?!)]\\s*") ? message : message + ".";
    }

    private void print(CommandLine line, String message, Exception error) {
        boolean colours = line.getColorScheme().ansi() == CommandLine.Help.Ansi.ON;
        String text = message.replaceAll("\\s*\\R\\s*", " ").strip();
        line.getErr().println(Style.RED.of("millrace:", colours) + " " + text);
        if (debug.getAsBoolean()) {
            error.printStackTrace(line.getErr());
        }
        line.getErr().flush();
    }
}
