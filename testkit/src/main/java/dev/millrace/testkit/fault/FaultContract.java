package dev.millrace.testkit.fault;

import org.junit.jupiter.api.Nested;

/**
 * The suite that kills the server under load, breaks its connections, and kills workers. It asserts, on whatever engine, that
 * nothing accepted is lost, nothing is settled twice, nothing runs twice by live sessions, and that workers go on by
 * themselves. A store takes part by one small class among its tests:
 *
 * <pre>{@code
 * class MyStoreFaultTest extends FaultContract {
 *     protected FaultFixture fixture() {
 *         return new MyStoreFaultFixture();
 *     }
 * }
 * }</pre>
 *
 * <p>A few faults in the short form, more with {@code -Dmillrace.long=true}. Each test prints one line of figures.
 */
public abstract class FaultContract extends CrashContract {

    @Override
    protected abstract FaultFixture fixture();

    @Nested
    class ServerDeath extends ServerDeathRules {}

    @Nested
    class Connection extends ConnectionRules {}

    @Nested
    class Outage extends OutageRules {}
}
