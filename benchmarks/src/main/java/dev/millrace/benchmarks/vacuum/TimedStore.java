package dev.millrace.benchmarks.vacuum;

import dev.millrace.spi.Claim;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.Store;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.function.LongConsumer;

/** A store as it is, that tells how long each exchange took that asked for jobs. */
final class TimedStore {
    private TimedStore() {}

    /** @param nanos told of each exchange, on the thread that made it */
    static Store of(Store store, LongConsumer nanos) {
        return (Store) Proxy.newProxyInstance(
                TimedStore.class.getClassLoader(),
                store.getClass().getInterfaces(),
                (proxy, method, arguments) ->
                        claims(arguments) ? timed(store, method, arguments, nanos) : call(store, method, arguments));
    }

    private static boolean claims(Object[] arguments) {
        return arguments != null
                && arguments.length == 1
                && arguments[0] instanceof Exchange exchange
                && exchange.claim() instanceof Claim.Next;
    }

    private static Object timed(Store store, Method method, Object[] arguments, LongConsumer nanos) throws Throwable {
        long before = System.nanoTime();
        try {
            return call(store, method, arguments);
        } finally {
            nanos.accept(System.nanoTime() - before);
        }
    }

    private static Object call(Store store, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(store, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
