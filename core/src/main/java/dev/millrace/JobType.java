package dev.millrace;

import java.io.Serializable;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A kind of job in typed form: its wire name, the types of payload and result, and what holds for its jobs unless a {@link
 * JobRequest} says otherwise. Immutable: each option gives a copy. Make one per kind and keep it in a constant.
 *
 * <p>The kind is what is stored, so classes and methods may be renamed and moved as long as it stays.
 *
 * <p>Defaults: queue "default", priority 0, no timeout, {@link RetryPolicy#DEFAULT}, kept as long as the store's retention
 * says. Every factory and option throws {@link IllegalArgumentException} for what the store could not keep; kinds and queues
 * have 1 to 200 characters, no control characters and no white space at their ends.
 *
 * @param <P> the payload
 * @param <R> the result; {@link Void} for none
 */
@SuppressWarnings("overloads") // javac tells a method that returns nothing from one that does; JobTypeTest shows it
public final class JobType<P, R> {
    private final String kind;
    private final Type payloadType;
    private final Type resultType;
    private final @Nullable Handler<P, R> function;
    private final JobOptions options;

    private JobType(
            String kind, Type payloadType, Type resultType, @Nullable Handler<P, R> function, JobOptions options) {
        this.kind = Limits.kind(kind);
        this.payloadType = Types.boxed(payloadType);
        this.resultType = Types.boxed(resultType);
        this.function = function;
        this.options = options;
    }

    /** A kind without a result. {@code Void.class} as payload is for jobs that need none: {@code with(null)}. */
    public static <P> JobType<P, Void> of(String kind, Class<P> payload) {
        return typed(kind, payload, Void.class);
    }

    /** A kind without a result, whose payload has type arguments. */
    public static <P> JobType<P, Void> of(String kind, TypeRef<P> payload) {
        return typed(kind, payload.type(), Void.class);
    }

    /** A kind with a result. */
    public static <P, R> JobType<P, R> of(String kind, Class<P> payload, Class<R> result) {
        return typed(kind, payload, result);
    }

    /** A kind with a result, whose payload has type arguments. */
    public static <P, R> JobType<P, R> of(String kind, TypeRef<P> payload, Class<R> result) {
        return typed(kind, payload.type(), result);
    }

    /** A kind with a result that has type arguments. */
    public static <P, R> JobType<P, R> of(String kind, Class<P> payload, TypeRef<R> result) {
        return typed(kind, payload, result.type());
    }

    /** A kind whose payload and result have type arguments. */
    public static <P, R> JobType<P, R> of(String kind, TypeRef<P> payload, TypeRef<R> result) {
        return typed(kind, payload.type(), result.type());
    }

    /**
     * A method as a kind: {@code JobType.of("square", Functions::square)}. Payload and result types come from the method,
     * type arguments included; a primitive stands for its object form. {@code worker().handle(type)} runs the method itself.
     *
     * @param method a reference to a static method, to a method of an object ({@code mailer::send}) or to a method of the
     *     payload ({@code Order::total}). A lambda does only if its types have no type arguments and are written out. The
     *     compiler cannot choose among methods of one name: for those, name the types and give the handler to the worker
     * @throws IllegalArgumentException when the types cannot be told; name them with the other factories then
     */
    public static <P, R> JobType<P, R> of(String kind, JobFunction<P, R> method) {
        return inferred(kind, method, 1, (payload, job) -> method.apply(payload));
    }

    /** As {@link #of(String, JobFunction)}, for a method that takes a {@link JobContext} as well. */
    public static <P, R> JobType<P, R> of(String kind, ContextFunction<P, R> method) {
        return inferred(kind, method, 2, method::apply);
    }

    /** As {@link #of(String, JobFunction)}, for a method that returns nothing. */
    public static <P> JobType<P, Void> of(String kind, JobFunction.NoResult<P> method) {
        VoidHandler<P> handler = (payload, job) -> method.apply(payload);
        return inferred(kind, method, 1, handler);
    }

    /** As {@link #of(String, JobFunction)}, for a method that takes a {@link JobContext} as well and returns nothing. */
    public static <P> JobType<P, Void> of(String kind, ContextFunction.NoResult<P> method) {
        VoidHandler<P> handler = method::apply;
        return inferred(kind, method, 2, handler);
    }

    /** The caller vouches that the type parameters agree with the types. */
    static <P, R> JobType<P, R> typed(String kind, Type payload, Type result) {
        return new JobType<>(kind, payload, result, null, JobOptions.DEFAULT);
    }

    private static <P, R> JobType<P, R> inferred(
            String kind, Serializable method, int parameters, Handler<P, R> handler) {
        MethodTypes types = MethodTypes.of(Limits.name("kind", kind), method, parameters);
        return new JobType<>(kind, types.payload(), types.result(), handler, JobOptions.DEFAULT);
    }

    private JobType<P, R> with(JobOptions changed) {
        return new JobType<>(kind, payloadType, resultType, function, changed);
    }

    /** The queue that its jobs wait in. */
    public JobType<P, R> queue(String name) {
        return with(options.withQueue(name));
    }

    /** -1000 to 1000; higher runs first. */
    public JobType<P, R> priority(int value) {
        return with(options.withPriority(value));
    }

    /** How long a run may take, from the start of the handler; longer than zero. A run that takes longer has failed. */
    public JobType<P, R> timeout(Duration value) {
        return with(options.withTimeout(value));
    }

    /** When to try again after a failure. */
    public JobType<P, R> retry(RetryPolicy policy) {
        return with(options.withRetry(policy));
    }

    /** How long its jobs are kept once they have ended, whatever the end; zero or more. */
    public JobType<P, R> keepFor(Duration value) {
        return with(options.withKeepFor(value));
    }

    /**
     * A job of this kind, to be given more options and enqueued.
     *
     * @param payload what the handler gets; null only if the payload type is {@link Void}
     * @throws IllegalArgumentException when it is null and should not be
     */
    public JobRequest<R> with(@Nullable P payload) {
        if (payload == null && payloadType != Void.class) {
            throw new IllegalArgumentException("the payload of a \"" + kind + "\" job is null, and should be a "
                    + payloadType.getTypeName() + ". For jobs without a payload, declare Void.class as its type");
        }
        return new JobRequest<>(this, payload, options);
    }

    /** The stable wire name. */
    public String kind() {
        return kind;
    }

    /** The payload's type, with type arguments; never primitive. */
    public Type payloadType() {
        return payloadType;
    }

    /** The result's type, with type arguments; never primitive, {@code Void.class} for none. */
    public Type resultType() {
        return resultType;
    }

    /** The handler that runs the method this type was made of; empty if it was made of types. */
    public Optional<Handler<P, R>> function() {
        return Optional.ofNullable(function);
    }

    JobOptions options() {
        return options;
    }

    /** Kind and types, as in {@code send-mail(com.example.Mail) → java.lang.Void}. */
    @Override
    public String toString() {
        return kind + "(" + payloadType.getTypeName() + ") → " + resultType.getTypeName();
    }
}
