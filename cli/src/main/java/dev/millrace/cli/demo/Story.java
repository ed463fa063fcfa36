package dev.millrace.cli.demo;

import dev.millrace.Millrace;
import dev.millrace.cli.out.Durations;
import dev.millrace.cli.out.Style;
import dev.millrace.cli.out.Terminal;
import dev.millrace.spi.StoreAddress;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.UUID;
import org.HdrHistogram.Histogram;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Tells what happens, as it happens; or, as JSON, what happened. */
final class Story {
    private final PrintWriter out;
    private final boolean colours;
    private final boolean json;
    private final long start = System.nanoTime();

    /**
     * How fast it went.
     *
     * @param firstJobs how many jobs were done between the first and the kill
     * @param half nanoseconds from the first job done to the kill
     * @param restJobs how many jobs were done after the kill
     * @param rest nanoseconds from there to the last job done
     * @param pickUp how long single jobs lay in the store
     */
    record Speed(long firstJobs, long half, long restJobs, long rest, Histogram pickUp) {}

    Story(PrintWriter out, Terminal terminal, boolean json) {
        this.out = out;
        this.colours = terminal.colours();
        this.json = json;
    }

    void begin(Millrace millrace, Plan plan) {
        int files = plan.tree().files().size();
        say(Style.BOLD.of(
                "The SHA-256 of " + files + " files (" + bytes(plan.tree().bytes()) + ")"
                        + (plan.tree().more() ? ", the first that were found" : "") + ", each a durable job",
                colours));
        say("  store    " + millrace.store().info().address() + ", survives "
                + millrace.store().info().durability());
        if (plan.rounds() > 1) {
            say("  rounds   each file is read " + plan.rounds() + " times: there are few");
        }
        if (!plan.pause().isZero()) {
            say("  pause    each job rests " + Durations.human(plan.pause())
                    + ", so that there is a half-way to see; --pause 0s leaves it out");
        }
        say("  lease    " + Durations.human(DemoWorkerCommand.LEASE) + ", heartbeat "
                + Durations.human(DemoWorkerCommand.HEARTBEAT) + ", for a short demo (usually 30 s and 5 s)");
        say("");
    }

    void stored(int jobs, long nanos) {
        step(jobs + " jobs stored in " + Durations.nanos(nanos) + ", all or none");
    }

    void working(WorkerProcess first, WorkerProcess second) {
        step("two worker processes at work, " + DemoWorkerCommand.CONCURRENCY + " handlers each: " + first.name()
                + " (pid " + first.process().pid() + ") and " + second.name() + " (pid "
                + second.process().pid() + ")");
    }

    void killed(WorkerProcess victim, long done, int jobs, int held) {
        step(Style.RED.of("SIGKILL for " + victim.name(), colours) + ", with " + done + " of " + jobs + " done and "
                + held + " jobs in its hands");
    }

    void done() {
        step("all done");
    }

    void end(Aftermath aftermath, Speed speed, Plan plan, String killed) {
        Histogram pickUp = speed.pickUp();
        double before = speed.firstJobs() / (speed.half() / 1e9);
        double after = speed.restJobs() / (speed.rest() / 1e9);
        if (json) {
            ObjectNode object = JsonMapper.shared().createObjectNode();
            object.put("files", plan.tree().files().size());
            object.put("jobs", aftermath.jobs());
            object.put("succeeded", aftermath.succeeded());
            object.put("lost", aftermath.jobs() - aftermath.succeeded());
            object.put("wrongChecksums", aftermath.wrong().size());
            object.put("changedMeanwhile", aftermath.changed());
            object.put("succeededTwice", aftermath.ranTwice());
            object.put("killed", killed);
            object.put("rescued", aftermath.rescued().size());
            if (aftermath.firstRescue() != null && aftermath.lastRescue() != null) {
                object.put("firstRescueMillis", aftermath.firstRescue().toMillis());
                object.put("lastRescueMillis", aftermath.lastRescue().toMillis());
            }
            aftermath.rescuers().forEach(object.putArray("rescuers")::add);
            object.put("jobsPerSecondBefore", Math.round(before));
            object.put("jobsPerSecondAfter", Math.round(after));
            object.put("pickUpMicrosP50", pickUp.getValueAtPercentile(50) / 1_000);
            object.put("pickUpMicrosP99", pickUp.getValueAtPercentile(99) / 1_000);
            out.println(object);
            out.flush();
            return;
        }
        say("");
        fact(
                aftermath.succeeded() == aftermath.jobs(),
                "done",
                aftermath.succeeded() + " of " + aftermath.jobs() + " jobs, "
                        + (aftermath.jobs() - aftermath.succeeded()) + " lost");
        fact(
                aftermath.wrong().isEmpty(),
                "checksums",
                aftermath.wrong().isEmpty()
                        ? "computed again by this process: all equal" + changed(aftermath)
                        : "wrong for " + aftermath.wrong());
        fact(aftermath.ranTwice() == 0, "once", aftermath.ranTwice() + " jobs were recorded as done twice");
        fact(true, "rescued", rescue(aftermath, killed));
        fact(
                true,
                "speed",
                String.format(Locale.ROOT, "%,.0f jobs/s by two workers, then %,.0f by one", before, after)
                        + (plan.pause().isZero() ? "" : ", the pause included"));
        fact(
                true,
                "pick-up",
                "p50 " + Durations.nanos(pickUp.getValueAtPercentile(50)) + ", p99 "
                        + Durations.nanos(pickUp.getValueAtPercentile(99)) + " from stored to started ("
                        + pickUp.getTotalCount() + " jobs, one by one)");
        say("");
    }

    private static String changed(Aftermath aftermath) {
        return aftermath.changed() == 0
                ? ""
                : " (" + aftermath.changed() + " files were changed meanwhile, and not compared)";
    }

    private static String rescue(Aftermath aftermath, String killed) {
        if (aftermath.firstRescue() == null || aftermath.lastRescue() == null) {
            return "nothing: " + killed + " held no job when it died";
        }
        return aftermath.rescued().size() + " jobs that " + killed + " held, "
                + Durations.human(aftermath.firstRescue())
                + (aftermath.firstRescue().equals(aftermath.lastRescue())
                        ? ""
                        : " to " + Durations.human(aftermath.lastRescue()))
                + " after its death; " + String.join(", ", aftermath.rescuers()) + " ran them";
    }

    void next(String address, String queue, Aftermath aftermath) {
        String command = System.getProperty("millrace.command", "millrace");
        boolean secret = StoreAddress.parse(address).shown().contains("***");
        String store = secret ? "" : " --store '" + address + "'";
        say(Style.BOLD.of("Try next", colours) + " (the store stays where it is"
                + (secret ? "; put its address, which holds a password, into MILLRACE_STORE)" : ")"));
        UUID job = aftermath.rescued().isEmpty() ? null : aftermath.rescued().get(0);
        say(
                job == null
                        ? "  " + command + store + " list --queue " + queue + " --limit 5"
                        : "  " + command + store + " show " + job.toString().substring(24));
        say("  " + command + store + " stats");
        say("  " + command + " enqueue greet '{\"name\":\"Ada\"}' && " + command
                + " worker --exec greet=cat --drain && " + command + " list");
    }

    private void step(String text) {
        say(Style.DIM.of(String.format(Locale.ROOT, "%6.2f s", (System.nanoTime() - start) / 1e9), colours) + "  "
                + text);
    }

    private void fact(boolean good, String name, String text) {
        String mark = good ? Style.GREEN.of("ok", colours) : Style.RED.of("NO", colours);
        say("  " + mark + "  " + String.format("%-10s", name) + text);
    }

    private void say(String text) {
        if (!json) {
            out.println(text);
            out.flush();
        }
    }

    private static String bytes(long bytes) {
        return bytes < 1 << 20
                ? String.format(Locale.ROOT, "%.0f KiB", bytes / 1024.0)
                : String.format(Locale.ROOT, "%,.1f MiB", bytes / 1048576.0);
    }
}
