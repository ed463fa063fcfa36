package dev.millrace.testkit.fault;

import org.junit.jupiter.api.Nested;

/**
 * The suite that kills and freezes worker processes over a store that several processes share. A store takes part by one small
 * class among its tests; one with a server extends {@link FaultContract}, which has this in it.
 *
 * <p>A few kills in the short form, more with {@code -Dmillrace.long=true}. Each test prints one line of figures.
 */
public abstract class CrashContract {
    /** A new, empty place to keep jobs in. Called for every test; each is closed by the contract. */
    protected abstract CrashFixture fixture();

    @Nested
    class WorkerDeath extends WorkerDeathRules {}
}
