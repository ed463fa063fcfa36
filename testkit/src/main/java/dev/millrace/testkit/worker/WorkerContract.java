package dev.millrace.testkit.worker;

import dev.millrace.testkit.contract.StoreFixture;
import org.junit.jupiter.api.Nested;

/**
 * The suite that runs the whole of Millrace, API and worker, over a store. It asserts what users are promised, on whatever
 * engine; {@link dev.millrace.testkit.contract.StoreContract} asserts what the engine owes to Millrace. A store takes part by
 * one small class among its tests:
 *
 * <pre>{@code
 * class MyStoreWorkerTest extends WorkerContract {
 *     protected StoreFixture fixture() {
 *         return new AddressFixture("mystore:...");
 *     }
 * }
 * }</pre>
 *
 * <p>Every test gets an empty store, whose calls it can let fail. After every test its workers are stopped and the store's
 * books are checked: see {@link dev.millrace.testkit.contract.Books}.
 */
public abstract class WorkerContract {

    /** A new, empty place to keep jobs in. Called for every test, sometimes more than once; each is closed by the contract. */
    protected abstract StoreFixture fixture();

    /** How many jobs are very many: enough to show a cost that grows with their number. */
    protected int many() {
        return 100_000;
    }

    @Nested
    class Result extends ResultRules {}

    @Nested
    class Enqueue extends EnqueueRules {}

    @Nested
    class Payload extends PayloadRules {}

    @Nested
    class Sealing extends SealingRules {}

    @Nested
    class Retry extends RetryRules {}

    @Nested
    class Step extends StepRules {}

    @Nested
    class Cancel extends CancelRules {}

    @Nested
    class Timeout extends TimeoutRules {}

    @Nested
    class Expiry extends ExpiryRules {}

    @Nested
    class Hostile extends HostileRules {}

    @Nested
    class Batch extends BatchRules {}

    @Nested
    class Intercept extends InterceptorRules {}

    @Nested
    class Listen extends ListenerRules {}

    @Nested
    class Queue extends QueueRules {}

    @Nested
    class Stop extends StopRules {}

    @Nested
    class Limit extends LimitRules {}

    @Nested
    class Concurrency extends ConcurrencyRules {}

    @Nested
    class Lock extends LockRules {}

    @Nested
    class Drain extends DrainRules {}

    @Nested
    class Session extends SessionRules {}

    @Nested
    class Strike extends StrikeRules {}

    @Nested
    class Outage extends OutageRules {}

    @Nested
    class Wake extends WakeRules {}

    @Nested
    class Backup extends BackupRules {}

    @Nested
    class Work extends WorkRules {}

    @Nested
    class Erase extends EraseRules {}

    @Nested
    class Move extends MoveRules {}

    @Nested
    class Flow extends FlowRules {}

    @Nested
    class Workflows extends WorkflowRules {}

    @Nested
    class WorkflowHandlers extends WorkflowHandlerRules {}

    @Nested
    class WorkflowOperating extends WorkflowOperatingRules {}

    @Nested
    class Operating extends OperatingRules {}

    @Nested
    class Schedule extends ScheduleRules {}

    @Nested
    class Tick extends TickRules {}
}
