package dev.millrace;

import org.jspecify.annotations.Nullable;

/**
 * Stands around handlers: for tracing, tenants, authorization, timing. Given to {@link MillraceBuilder#interceptor} for all
 * workers or to {@link WorkerBuilder#interceptor} for one.
 *
 * <pre>{@code
 * Interceptor tenant = call -> {
 *     try (var scope = Tenants.enter(call.jobs().get(0).meta().get("tenant"))) {
 *         return call.proceed();
 *     }
 * };
 * }</pre>
 *
 * <p>They are called in the order in which they were given, the first outermost: those of the Millrace, then those of the
 * worker, then the handler. All of it is the run: on the handler's thread, within its timeout, interrupted as it is. Called
 * from many threads at once.
 */
@FunctionalInterface
public interface Interceptor {

    /**
     * Stands around one call of a handler. A job whose payload cannot be read never gets here.
     *
     * @return the job's result: mostly what {@link JobCall#proceed} gave; or one of its own, without proceeding, which must
     *     be of the kind's result type. Around a batch it is ignored
     * @throws Exception counts as if the handler had thrown it: {@link PermanentFailure}, {@link RetryAfter}, {@link Snooze}
     *     and the retry policy have their usual meaning. Let the handler's own exceptions pass
     */
    @Nullable
    Object around(JobCall call) throws Exception;
}
