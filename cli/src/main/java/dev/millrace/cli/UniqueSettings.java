package dev.millrace.cli;

import dev.millrace.Unique;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** What can be said of a job's unique key on the command line. */
final class UniqueSettings {
    @ArgGroup(multiplicity = "1")
    private Key key = new Key();

    @Option(
            names = "--on-conflict",
            paramLabel = "MODE",
            converter = OfConflict.class,
            description =
                    "What becomes of this job when another holds the key and waits: skip it (if left out), replace the"
                            + " other's payload and options, or replace-keep-due.")
    private Conflict conflict = Conflict.SKIP;

    @Option(
            names = "--debounce",
            paramLabel = "TIME",
            description = "Replace one that waits, and run so long after the last call; not with --in or --at.")
    private @Nullable Duration debounce;

    @Option(
            names = "--throttle",
            paramLabel = "TIME",
            description = "The key stays taken for so long after this job has ended.")
    private @Nullable Duration throttle;

    @Option(
            names = "--unique-while",
            paramLabel = "STATE",
            converter = OfWhile.class,
            description = "How long this job holds the key: waiting, unfinished (if left out) or stored.")
    private @Nullable While scope;

    /** The key: a text, or made of the payload. */
    static final class Key {
        @Option(
                names = "--unique",
                paramLabel = "KEY",
                description = "One unfinished job of this kind and key at a time.")
        private @Nullable String text;

        @Option(names = "--unique-payload", description = "As --unique, with a key that is made of the payload.")
        private boolean payload;
    }

    /** The modes, named as they are typed. */
    enum Conflict {
        SKIP,
        REPLACE,
        REPLACE_KEEP_DUE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** The scopes, named as they are typed. */
    enum While {
        WAITING,
        UNFINISHED,
        STORED;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static final class OfConflict implements ITypeConverter<Conflict> {
        @Override
        public Conflict convert(String word) {
            return Choices.find(Conflict.values(), Conflict::toString, word);
        }
    }

    static final class OfWhile implements ITypeConverter<While> {
        @Override
        public While convert(String word) {
            return Choices.find(While.values(), While::toString, word);
        }
    }

    /** Whether it says when the job is due. */
    boolean debounces() {
        return debounce != null;
    }

    /** Whether the key can belong to one job only. */
    boolean namesOneJob() {
        return key.text != null;
    }

    /** @throws IllegalArgumentException when the parts do not fit each other */
    Unique rule() {
        if (debounce != null && conflict != Conflict.SKIP) {
            throw new IllegalArgumentException("--debounce replaces what waits by itself: leave --on-conflict out");
        }
        if (throttle != null && scope != null && scope != While.UNFINISHED) {
            throw new IllegalArgumentException("--throttle goes with --unique-while unfinished: leave one of them out");
        }
        String text = key.text;
        Unique rule = key.payload || text == null ? Unique.payload() : Unique.key(text);
        rule = switch (conflict) {
            case SKIP -> rule;
            case REPLACE -> rule.replace();
            case REPLACE_KEEP_DUE -> rule.replaceKeepDue();
        };
        if (scope != null) {
            rule = switch (scope) {
                case WAITING -> rule.whileWaiting();
                case UNFINISHED -> rule;
                case STORED -> rule.whileStored();
            };
        }
        rule = debounce == null ? rule : rule.debounce(debounce);
        return throttle == null ? rule : rule.throttle(throttle);
    }
}
