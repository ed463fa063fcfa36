package dev.millrace.cli.schedule;

import dev.millrace.Recurrence.Missed;
import dev.millrace.Recurrence.Overlap;
import dev.millrace.cli.Choices;
import dev.millrace.cli.out.JobJson;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;

/** Choices as they are typed: in small letters. */
final class Words {
    private Words() {}

    static final class OfMissed extends ArrayList<String> implements ITypeConverter<Missed> {
        private static final long serialVersionUID = 1L;

        OfMissed() {
            super(names(Missed.values()));
        }

        @Override
        public Missed convert(String word) {
            return Choices.find(Missed.values(), JobJson::lower, word);
        }
    }

    static final class OfOverlap extends ArrayList<String> implements ITypeConverter<Overlap> {
        private static final long serialVersionUID = 1L;

        OfOverlap() {
            super(names(Overlap.values()));
        }

        @Override
        public Overlap convert(String word) {
            return Choices.find(Overlap.values(), JobJson::lower, word);
        }
    }

    private static List<String> names(Enum<?>[] values) {
        return Stream.of(values).map(JobJson::lower).toList();
    }
}
