package dev.millrace.testkit;

import dev.millrace.Millrace;
import java.time.Instant;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives each test a {@link Millrace} on the memory store and the {@link ManualClock} that it goes by, as parameters. The
 * clock stands at {@link #START}; the Millrace is closed after the test.
 *
 * <pre>{@code
 * @ExtendWith(MillraceExtension.class)
 * class MailTest {
 *     @Test
 *     void a_mail_waits_its_hour(Millrace millrace, ManualClock clock) throws Exception {
 *         var handle = millrace.enqueue(MAIL.with(...).in(Duration.ofHours(1)));
 *         clock.advance(Duration.ofHours(1));
 *         ...
 *     }
 * }
 * }</pre>
 */
public final class MillraceExtension implements ParameterResolver {
    /** Where the clock stands when a test begins: midnight, in UTC, before the first day of 2030. */
    public static final Instant START = Instant.parse("2030-01-01T00:00:00Z");

    private static final Namespace NAMESPACE = Namespace.create(MillraceExtension.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == Millrace.class || type == ManualClock.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        Bench bench = context.getStore(NAMESPACE).computeIfAbsent(Bench.class, any -> Bench.open(), Bench.class);
        return parameter.getParameter().getType() == ManualClock.class ? bench.clock() : bench.millrace();
    }

    /** What one test works with. JUnit closes it when the test is over. */
    private record Bench(ManualClock clock, Millrace millrace) implements AutoCloseable {
        static Bench open() {
            ManualClock clock = new ManualClock(START);
            return new Bench(clock, Millrace.builder("memory:").clock(clock).open());
        }

        @Override
        public void close() {
            millrace.close();
        }
    }
}
