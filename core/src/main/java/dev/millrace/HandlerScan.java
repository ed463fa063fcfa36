package dev.millrace;

import java.lang.invoke.MethodHandles;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds an object's {@link Handles} methods. */
final class HandlerScan {
    /** A method that handles a kind. */
    record Found(JobType<Object, Object> type, Handler<Object, Object> handler) {}

    private HandlerScan() {}

    /** @throws IllegalArgumentException when there is none, or one cannot be a handler: says why */
    static List<Found> of(Object object) {
        List<Found> found = new ArrayList<>();
        for (Class<?> type = object.getClass(); type != null && type != Object.class; type = type.getSuperclass()) {
            for (Method method : type.getDeclaredMethods()) {
                Handles handles = method.getAnnotation(Handles.class);
                if (handles != null && !method.isBridge()) {
                    found.add(handler(object, method, handles.value()));
                }
            }
        }
        if (found.isEmpty()) {
            throw new IllegalArgumentException(
                    object.getClass().getName()
                            + " has no method with @Handles: annotate its handlers, as in @Handles(\"send-mail\") void send(Mail mail)");
        }
        return found;
    }

    private static Found handler(Object object, Method method, String kind) {
        Type payload = Void.class;
        int payloadAt = -1;
        Type[] parameters = method.getGenericParameterTypes();
        for (int i = 0; i < parameters.length; i++) {
            if (parameters[i] == JobContext.class) {
                continue;
            }
            if (payloadAt >= 0) {
                throw new IllegalArgumentException(
                        "the handler " + method
                                + " has more than one parameter beside JobContext: a job has one payload, so put them into a record");
            }
            payload = parameters[i];
            payloadAt = i;
        }
        try {
            method.setAccessible(true);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(
                    "the handler " + method + " cannot be called from here: make its class public, or"
                            + " open its package to dev.millrace ("
                            + MethodHandles.lookup().lookupClass().getModule() + ")",
                    e);
        }
        JobType<Object, Object> type = JobType.typed(kind, payload, method.getGenericReturnType());
        return new Found(type, new Reflective(object, method, payloadAt));
    }

    /** Calls the method with the payload and the context in their places. */
    private record Reflective(Object object, Method method, int payloadAt) implements Handler<Object, Object> {
        @Override
        @SuppressWarnings("NullAway") // a method's result may be null, which the engine knows
        public Object handle(Object payload, JobContext job) throws Exception {
            @Nullable Object[] arguments = new @Nullable Object[method.getParameterCount()];
            for (int i = 0; i < arguments.length; i++) {
                arguments[i] = i == payloadAt ? payload : job;
            }
            try {
                return method.invoke(Modifier.isStatic(method.getModifiers()) ? null : object, arguments);
            } catch (InvocationTargetException e) {
                if (e.getCause() instanceof Exception cause) {
                    throw cause;
                }
                if (e.getCause() instanceof Error error) {
                    throw error;
                }
                throw e;
            }
        }
    }
}
