package dev.millrace.testkit.contract;

import org.junit.jupiter.api.Nested;

/**
 * The one conformance suite that every store runs, whole: no test can be switched off. A store takes part by one small class
 * among its tests that extends this one and says how to open it:
 *
 * <pre>{@code
 * class MyStoreContractTest extends StoreContract {
 *     protected StoreFixture fixture() {
 *         return new AddressFixture("mystore:...");
 *     }
 * }
 * }</pre>
 *
 * <p>Every test gets an empty store on a {@link dev.millrace.testkit.ManualClock}. After every test the store's books are
 * checked: see {@link Books}.
 *
 * <p>Times are compared to the second, and tests step well over a second around a border, so that engines which take their
 * time from a server pass too.
 */
public abstract class StoreContract {

    /** A new, empty place to keep jobs in. Called for every test, sometimes more than once; each is closed by the contract. */
    protected abstract StoreFixture fixture();

    @Nested
    class Enqueue extends EnqueueRules {}

    @Nested
    class UniqueKey extends UniqueKeyRules {}

    @Nested
    class ClaimOrder extends ClaimOrderRules {}

    @Nested
    class ClaimChoice extends ClaimChoiceRules {}

    @Nested
    class Contention extends ContentionRules {}

    @Nested
    class Settle extends SettleRules {}

    @Nested
    class Fence extends FenceRules {}

    @Nested
    class RunRecord extends RunRecordRules {}

    @Nested
    class Transition extends TransitionRules {}

    @Nested
    class Session extends SessionRules {}

    @Nested
    class Beat extends BeatRules {}

    @Nested
    class Rescue extends RescueRules {}

    @Nested
    class Strike extends StrikeRules {}

    @Nested
    class Step extends StepRules {}

    @Nested
    class Time extends TimeRules {}

    @Nested
    class Expiry extends ExpiryRules {}

    @Nested
    class Looking extends LookingRules {}

    @Nested
    class Operating extends OperatingRules {}

    @Nested
    class RunAgain extends RunAgainRules {}

    @Nested
    class Note extends NoteRules {}

    @Nested
    class Transfer extends TransferRules {}

    @Nested
    class Data extends DataRules {}

    @Nested
    class LostReply extends LostReplyRules {}

    @Nested
    class WakeUp extends WakeUpRules {}

    @Nested
    class Closing extends ClosingRules {}

    @Nested
    class Purge extends PurgeRules {}

    @Nested
    class Dependency extends DependencyRules {}

    @Nested
    class DependencyIntake extends DependencyIntakeRules {}

    @Nested
    class Revive extends ReviveRules {}

    @Nested
    class Gate extends GateRules {}

    @Nested
    class WorkflowHead extends WorkflowHeadRules {}

    @Nested
    class MemberRetention extends MemberRetentionRules {}

    @Nested
    class Group extends GroupRules {}

    @Nested
    class GroupCrowd extends GroupCrowdRules {}

    @Nested
    class StrictGroup extends StrictGroupRules {}

    @Nested
    class GroupLimit extends GroupLimitRules {}

    @Nested
    class GroupRate extends GroupRateRules {}

    @Nested
    class QueueRate extends QueueRateRules {}

    @Nested
    class UniqueMode extends UniqueModeRules {}

    @Nested
    class Replace extends ReplaceRules {}

    @Nested
    class FlowTransfer extends FlowTransferRules {}

    @Nested
    class Fan extends FanRules {}

    @Nested
    class Graphs extends GraphRules {}
}
