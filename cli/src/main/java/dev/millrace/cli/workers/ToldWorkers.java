package dev.millrace.cli.workers;

import dev.millrace.Millrace;
import dev.millrace.cli.Main;
import dev.millrace.cli.Refusal;
import dev.millrace.spi.SessionCommand;
import dev.millrace.spi.SessionRecord;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Telling something to workers: to those that are named, or to all. */
final class ToldWorkers {
    private static final int NAMED = 5;

    @Parameters(
            arity = "0..*",
            paramLabel = "WORKER",
            description = "The workers' names, or parts of their names or sessions that no other has.")
    private List<String> names = new ArrayList<>();

    @Option(names = "--all", description = "Tell all workers.")
    private boolean all;

    @Option(names = "--json", description = "Print one JSON object a line for each worker.")
    private boolean json;

    /** Tells them, and gives the exit code. */
    int tell(SessionCommand command, String told, Main main, CommandLine line) {
        if (names.isEmpty() != all) {
            throw new CommandLine.ParameterException(
                    line,
                    "which workers? Give " + (all ? "either " : "") + "names as millrace workers shows, or --all.");
        }
        try (Millrace millrace = main.store().openExisting()) {
            List<SessionRecord> open = millrace.store().sessions().stream()
                    .filter(session -> session.closedAt() == null)
                    .toList();
            Map<UUID, SessionRecord> meant = new LinkedHashMap<>();
            if (all) {
                open.forEach(session -> meant.put(session.id(), session));
            } else {
                names.forEach(name -> {
                    SessionRecord session = find(name, open);
                    meant.put(session.id(), session);
                });
            }
            if (meant.isEmpty()) {
                throw new Refusal("there is no worker to tell: see millrace workers");
            }
            int code = 0;
            for (SessionRecord session : meant.values()) {
                if (millrace.store().command(session.id(), command)) {
                    print(session, command, told, line);
                } else {
                    line.getErr().println("millrace: " + session.worker() + " has stopped by itself meanwhile");
                    code = 1;
                }
            }
            return code;
        }
    }

    private void print(SessionRecord session, SessionCommand command, String told, CommandLine line) {
        if (json) {
            ObjectNode object = JsonMapper.shared().createObjectNode();
            object.put("session", session.id().toString());
            object.put("name", session.worker());
            object.put("told", command.name().toLowerCase(Locale.ROOT));
            line.getOut().println(object);
        } else {
            line.getOut().println(session.worker() + " is told to " + told + ", and hears it with its next heartbeat");
        }
    }

    private static SessionRecord find(String name, List<SessionRecord> open) {
        List<SessionRecord> named =
                open.stream().filter(session -> session.worker().equals(name)).toList();
        List<SessionRecord> found = named.isEmpty()
                ? open.stream()
                        .filter(session -> session.worker().contains(name)
                                || session.id().toString().contains(name.toLowerCase(Locale.ROOT)))
                        .toList()
                : named;
        if (found.isEmpty()) {
            throw new Refusal("no worker at work has \"" + name + "\" in its name or session: see millrace workers");
        }
        if (found.size() > 1) {
            String some = found.stream()
                    .limit(NAMED)
                    .map(session -> session.worker() + " (" + session.id() + ")")
                    .collect(Collectors.joining(", "));
            throw new Refusal("\"" + name + "\" may mean several workers, give more of the name or the session: " + some
                    + (found.size() > NAMED ? ", …" : ""));
        }
        return found.get(0);
    }
}
