package dev.millrace.cli.each;

import dev.millrace.cli.out.Durations;
import java.io.IOException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What is said at the end. */
interface Summary {
    /** All lines have ended. */
    void complete(long empty) throws IOException;

    /** The process was told to end. */
    void stopped(long empty) throws IOException;

    /** It could not go on; the reason is said elsewhere. */
    void broken(long empty) throws IOException;

    /** For people, on standard error. */
    record Words(Screen screen, LineTally tally, Progress progress, Detail detail) implements Summary {
        /** How much to say when all is well. */
        enum Detail {
            ALL,
            FAILURES
        }

        @Override
        public void complete(long empty) throws IOException {
            progress.close();
            tally.forEachFailure(screen::say);
            LineTally.Count count = tally.count();
            if (detail == Detail.ALL || count.failed() > 0) {
                screen.say(Progress.text(count) + ", in " + Durations.human(count.time()) + leftOut(empty));
            }
        }

        @Override
        public void stopped(long empty) throws IOException {
            unfinished("stopped: ", empty);
        }

        @Override
        public void broken(long empty) throws IOException {
            unfinished("broke off: ", empty);
        }

        private void unfinished(String what, long empty) throws IOException {
            progress.close();
            tally.forEachFailure(screen::say);
            LineTally.Count count = tally.count();
            screen.say(what + Progress.text(count) + ", " + (count.read() - count.ended())
                    + " of the lines read are left, after " + Durations.human(count.time()) + leftOut(empty));
            screen.say("run the same command with the same input and store to go on: what is done is not done again");
        }

        private static String leftOut(long empty) {
            return empty == 0
                    ? ""
                    : "; " + empty + (empty == 1 ? " empty line was" : " empty lines were") + " left out";
        }
    }

    /** For programs: one object, last of all. */
    record Json(JsonPrinter printer, LineTally tally, Progress progress, Identity identity) implements Summary {
        @Override
        public void complete(long empty) throws IOException {
            print("complete", empty);
        }

        @Override
        public void stopped(long empty) throws IOException {
            print("stopped", empty);
        }

        @Override
        public void broken(long empty) throws IOException {
            progress.close(); // what broke may well be standard output
        }

        private void print(String end, long empty) throws IOException {
            progress.close();
            LineTally.Count count = tally.count();
            ObjectNode object = JsonMapper.shared().createObjectNode();
            ObjectNode summary = object.putObject("summary");
            summary.put("end", end);
            summary.put("queue", identity.queue());
            summary.put("read", count.read());
            summary.put("done", count.done());
            summary.put("failed", count.failed());
            summary.put("skipped", count.skipped());
            summary.put("retried", count.retried());
            summary.put("empty", empty);
            summary.put("seconds", count.time().toMillis() / 1e3);
            printer.print(object);
        }
    }
}
