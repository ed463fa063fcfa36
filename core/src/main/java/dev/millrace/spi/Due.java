package dev.millrace.spi;

import java.time.Duration;
import java.time.Instant;

/** A point in time, as producers say it. A delay travels as a duration, and the store adds its own now. */
public sealed interface Due {
    /** At once. */
    Due NOW = new After(Duration.ZERO);

    /** The instant this means when the store's clock says {@code now}. */
    Instant resolve(Instant now);

    /** So long from now; zero or negative means now. */
    record After(Duration delay) implements Due {
        @Override
        public Instant resolve(Instant now) {
            return delay.isNegative() || delay.isZero() ? now : now.plus(delay);
        }
    }

    /** At this time of the store's clock; one in the past means now. */
    record At(Instant instant) implements Due {
        @Override
        public Instant resolve(Instant now) {
            return instant.isBefore(now) ? now : instant;
        }
    }
}
