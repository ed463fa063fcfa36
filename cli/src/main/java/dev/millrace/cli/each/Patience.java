package dev.millrace.cli.each;

import dev.millrace.spi.StoreUnavailableException;
import java.time.Duration;
import java.util.function.Supplier;

/** Repeats what a store out of reach has refused, until it answers or the run breaks off. */
final class Patience {
    private static final Duration FIRST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofSeconds(5);

    private final Halt halt;
    private final Screen screen;

    Patience(Halt halt, Screen screen) {
        this.halt = halt;
        this.screen = screen;
    }

    /**
     * Calls the store; the call must be one that can be repeated.
     *
     * @throws StoreUnavailableException when the run breaks off meanwhile
     */
    <T> T insist(Supplier<T> call) throws InterruptedException {
        Duration pause = FIRST;
        boolean refused = false;
        while (true) {
            try {
                T answer = call.get();
                if (refused) {
                    screen.say("the store answers again");
                }
                return answer;
            } catch (StoreUnavailableException e) {
                if (!refused) {
                    screen.say("the store is out of reach, and is asked again until it answers: " + e.getMessage());
                }
                refused = true;
                if (halt.await(pause)) {
                    throw e;
                }
                pause = pause.multipliedBy(2).compareTo(LONGEST) > 0 ? LONGEST : pause.multipliedBy(2);
            }
        }
    }
}
