package dev.millrace.cli;

import dev.millrace.cli.bench.BenchCommand;
import dev.millrace.cli.bench.BenchWorkerCommand;
import dev.millrace.cli.completion.CompletionCommand;
import dev.millrace.cli.demo.DemoCommand;
import dev.millrace.cli.demo.DemoWorkerCommand;
import dev.millrace.cli.each.EachCommand;
import dev.millrace.cli.locks.LockCommand;
import dev.millrace.cli.locks.LocksCommand;
import dev.millrace.cli.look.HealthCommand;
import dev.millrace.cli.look.ListCommand;
import dev.millrace.cli.look.QueuesCommand;
import dev.millrace.cli.look.ShowCommand;
import dev.millrace.cli.look.StatsCommand;
import dev.millrace.cli.operate.CancelCommand;
import dev.millrace.cli.operate.DeleteCommand;
import dev.millrace.cli.operate.EraseCommand;
import dev.millrace.cli.operate.MigrateCommand;
import dev.millrace.cli.operate.OptimizeCommand;
import dev.millrace.cli.operate.PauseCommand;
import dev.millrace.cli.operate.PruneCommand;
import dev.millrace.cli.operate.ReprioritizeCommand;
import dev.millrace.cli.operate.RescheduleCommand;
import dev.millrace.cli.operate.ResumeCommand;
import dev.millrace.cli.operate.RetryCommand;
import dev.millrace.cli.operate.RunNowCommand;
import dev.millrace.cli.schedule.ScheduleCommand;
import dev.millrace.cli.top.TopCommand;
import dev.millrace.cli.transfer.BackupCommand;
import dev.millrace.cli.transfer.MoveCommand;
import dev.millrace.cli.transfer.RestoreCommand;
import dev.millrace.cli.workers.WorkersCommand;
import dev.millrace.cli.workflow.WorkflowCommand;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine;

/**
 * The subcommands, in the order and under the headings under which help lists them. A start builds only the one that is named:
 * building all of them was measured to take 0.15 s of processor time more, about as much as the rest of a short command.
 */
final class Commands {
    /**
     * Commands that serve one purpose.
     *
     * @param heading what help says above them
     * @param names of the commands
     */
    record Group(String heading, List<String> names) {}

    static final List<Group> GROUPS = List.of(
            new Group("Run", List.of("enqueue", "worker", "workers", "each", "schedule", "workflow", "lock")),
            new Group("Look", List.of("list", "show", "stats", "queues", "locks", "top", "health", "doctor")),
            new Group(
                    "Mend",
                    List.of("retry", "cancel", "delete", "run-now", "reschedule", "reprioritize", "pause", "resume")),
            new Group("Keep", List.of("erase", "prune", "optimize", "migrate", "backup", "restore", "move")),
            new Group("Set up and try", List.of("settings", "completion", "demo", "bench")));

    /** What the other commands and the build start; help does not list them. */
    private static final List<String> HIDDEN = List.of("bench-worker", "demo-worker", "train");

    static final List<String> NAMES = Stream.concat(GROUPS.stream().map(Group::names), Stream.of(HIDDEN))
            .flatMap(List::stream)
            .toList();

    private Commands() {}

    /** Adds those subcommands that these arguments may mean: the one that is named, or all. */
    static void add(CommandLine line, String... arguments) {
        String named = named(arguments);
        for (String name : NAMES) {
            if (named.isEmpty() || name.equals(named)) {
                line.addSubcommand(name, type(name));
            }
        }
    }

    /** The command that the arguments name, or nothing if all are to be known: for help, or to say what is near. */
    private static String named(String... arguments) {
        for (int i = 0; i < arguments.length; i++) {
            String argument = arguments[i];
            if (argument.equals("--store") || argument.equals("--config")) {
                i++; // its value is no command
            } else if (!argument.matches("--(store|config)=.*|--debug")) {
                return NAMES.contains(argument) && !argument.equals("completion") ? argument : "";
            }
        }
        return "";
    }

    private static Class<?> type(String name) {
        return switch (name) {
            case "enqueue" -> EnqueueCommand.class;
            case "workflow" -> WorkflowCommand.class;
            case "worker" -> WorkerCommand.class;
            case "each" -> EachCommand.class;
            case "lock" -> LockCommand.class;
            case "locks" -> LocksCommand.class;
            case "schedule" -> ScheduleCommand.class;
            case "list" -> ListCommand.class;
            case "show" -> ShowCommand.class;
            case "stats" -> StatsCommand.class;
            case "queues" -> QueuesCommand.class;
            case "workers" -> WorkersCommand.class;
            case "top" -> TopCommand.class;
            case "health" -> HealthCommand.class;
            case "doctor" -> DoctorCommand.class;
            case "retry" -> RetryCommand.class;
            case "cancel" -> CancelCommand.class;
            case "delete" -> DeleteCommand.class;
            case "run-now" -> RunNowCommand.class;
            case "reschedule" -> RescheduleCommand.class;
            case "reprioritize" -> ReprioritizeCommand.class;
            case "pause" -> PauseCommand.class;
            case "resume" -> ResumeCommand.class;
            case "erase" -> EraseCommand.class;
            case "prune" -> PruneCommand.class;
            case "optimize" -> OptimizeCommand.class;
            case "migrate" -> MigrateCommand.class;
            case "settings" -> SettingsCommand.class;
            case "backup" -> BackupCommand.class;
            case "restore" -> RestoreCommand.class;
            case "move" -> MoveCommand.class;
            case "bench" -> BenchCommand.class;
            case "bench-worker" -> BenchWorkerCommand.class;
            case "demo" -> DemoCommand.class;
            case "demo-worker" -> DemoWorkerCommand.class;
            case "completion" -> CompletionCommand.class;
            case "train" -> TrainCommand.class;
            default -> throw new IllegalArgumentException("there is no command " + name);
        };
    }
}
