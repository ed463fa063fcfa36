package dev.millrace.spi;

import org.jspecify.annotations.Nullable;

/** What a job hopes of a parent: which end of the parent lets it go on. */
public enum Wish {
    /** Each of these parents must succeed. */
    SUCCESS,
    /** At least one of these parents must fail; once one has, the others of this wish are not waited for. */
    FAILURE,
    /** Each of these parents must end, whatever the end. */
    END;

    /** What a parent's end means for the wish. */
    public Judgement judge(Verdict verdict) {
        return switch (this) {
            case END -> Judgement.MET;
            case FAILURE -> verdict == Verdict.FAILED ? Judgement.MET : Judgement.UNNEEDED;
            case SUCCESS ->
                switch (verdict) {
                    case SUCCEEDED -> Judgement.MET;
                    case NOT_NEEDED -> Judgement.UNNEEDED;
                    case FAILED, CANCELLED -> Judgement.BROKEN;
                };
        };
    }

    /** Whether a wish came true. */
    public enum Judgement {
        /** It did. */
        MET,
        /** It did not, and the job is not needed: at once for {@link #SUCCESS}, once all are so for {@link #FAILURE}. */
        UNNEEDED,
        /** It did not, and the job cannot run. */
        BROKEN;

        /** Why a job is CANCELLED that this ends; null for {@link #MET}. */
        public dev.millrace.@Nullable CancelReason reason() {
            return switch (this) {
                case MET -> null;
                case UNNEEDED -> dev.millrace.CancelReason.NOT_NEEDED;
                case BROKEN -> dev.millrace.CancelReason.PARENT_FAILED;
            };
        }
    }
}
