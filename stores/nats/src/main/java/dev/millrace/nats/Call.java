package dev.millrace.nats;

import dev.millrace.spi.Beat;
import dev.millrace.spi.BeatReply;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.ExchangeReply;
import dev.millrace.spi.Filter;
import dev.millrace.spi.JobCount;
import dev.millrace.spi.JobPage;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Notes;
import dev.millrace.spi.Operation;
import dev.millrace.spi.OperationReport;
import dev.millrace.spi.RunRef;
import dev.millrace.spi.SessionCommand;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.SessionRecord;
import dev.millrace.spi.Sweep;
import dev.millrace.spi.SweepReport;
import dev.millrace.spi.Transfer;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What can be asked of the leader, one record for each method of the store. New ones go to the end.
 *
 * @param <R> the answer
 */
sealed interface Call<R> {
    record Enqueue(List<NewJob> jobs) implements Call<Intaken> {
        @Override
        public long bytes() {
            return jobs.stream().mapToLong(job -> job.spec().payload().length).sum();
        }
    }

    record OpenSession(SessionOpening opening) implements Call<Boolean> {}

    record Exchanging(Exchange exchange) implements Call<ExchangeReply> {}

    record Beating(Beat beat) implements Call<BeatReply> {}

    record Checkpoint(RunRef run, String step, byte[] value) implements Call<Boolean> {}

    record CloseSession(UUID session) implements Call<Boolean> {}

    record Sweeping(Sweep sweep) implements Call<SweepReport> {}

    record Get(List<UUID> ids) implements Call<List<JobRecord>> {
        @Override
        public boolean looks() {
            return true;
        }
    }

    record Trailing(UUID id) implements Call<JobTrail> {
        @Override
        public boolean looks() {
            return true;
        }
    }

    record Page(Filter filter, @Nullable UUID after, int limit) implements Call<JobPage> {
        @Override
        public boolean looks() {
            return true;
        }
    }

    record Counts() implements Call<List<JobCount>> {
        @Override
        public boolean looks() {
            return true;
        }
    }

    record ListSessions() implements Call<List<SessionRecord>> {
        @Override
        public boolean looks() {
            return true;
        }
    }

    record Operate(
            Operation operation, Filter filter, @Nullable UUID after, int limit) implements Call<OperationReport> {}

    record Command(UUID session, SessionCommand command) implements Call<Boolean> {}

    record ReadNote(String space, String key) implements Call<Optional<Notes.Note>> {
        @Override
        public boolean looks() {
            return true;
        }
    }

    record ListNotes(String space) implements Call<List<Notes.Note>> {
        @Override
        public boolean looks() {
            return true;
        }
    }

    record PutNote(
            String space,
            String key,
            byte[] value,
            long expected,
            @Nullable Duration timeToLive) implements Call<Optional<Long>> {}

    record RemoveNote(String space, String key, long expected) implements Call<Boolean> {}

    record Export(@Nullable String cursor, int limit) implements Call<Transfer.ExportPage> {
        @Override
        public boolean looks() {
            return true;
        }
    }

    record Import(List<Transfer.Item> items) implements Call<Integer> {
        @Override
        public long bytes() {
            return items.stream().mapToLong(Bulk::bytes).sum();
        }
    }

    record Verify() implements Call<List<String>> {
        @Override
        public boolean looks() {
            return true;
        }
    }

    record Optimize() implements Call<Boolean> {}

    record Now() implements Call<Instant> {
        @Override
        public boolean looks() {
            return true;
        }
    }

    record Stand() implements Call<Standing> {
        @Override
        public boolean looks() {
            return true;
        }
    }

    record Parents(List<UUID> children) implements Call<List<Dependency>> {
        @Override
        public boolean looks() {
            return true;
        }
    }

    /** Whether it only looks, so that it may be asked again whatever became of it. */
    default boolean looks() {
        return false;
    }

    /** How many bytes it brings that are to be stored, about; 0 when they are few. */
    default long bytes() {
        return 0;
    }

    /** The type of the answer. */
    static Type replyType(Call<?> call) {
        return ((ParameterizedType) call.getClass().getGenericInterfaces()[0]).getActualTypeArguments()[0];
    }
}
