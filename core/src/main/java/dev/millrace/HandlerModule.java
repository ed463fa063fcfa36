package dev.millrace;

/**
 * Handlers that come in a jar of their own, for a worker that was not written with them: {@code millrace worker --handlers
 * app.jar}. The jar names the class in {@code META-INF/services/dev.millrace.HandlerModule}, and {@link
 * java.util.ServiceLoader} finds it there; the class is public and has a public constructor without parameters.
 *
 * <pre>{@code
 * public final class MailHandlers implements HandlerModule {
 *     public void register(WorkerBuilder worker) {
 *         worker.handle(SEND_MAIL, (mail, job) -> send(mail));
 *     }
 * }
 * }</pre>
 */
@FunctionalInterface
public interface HandlerModule {

    /**
     * Adds its handlers to a worker that is about to start. What else the worker is told (queues, concurrency, …) is for the
     * one who starts it to say.
     */
    void register(WorkerBuilder worker);
}
