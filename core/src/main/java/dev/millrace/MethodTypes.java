package dev.millrace;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.lang.invoke.MethodHandleInfo;
import java.lang.invoke.MethodType;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The payload and result types of a method reference.
 *
 * <p>A serializable method reference tells, when it is serialized, which method it stands for; that method's signature has
 * the type arguments that the reference itself has not. Nothing is really written.
 *
 * @param payload the payload
 * @param result the result; {@code Void.class} for none
 */
record MethodTypes(Type payload, Type result) {

    /**
     * @param kind for messages
     * @param reference the method reference or lambda
     * @param parameters how many its interface has, the payload being the first
     * @throws IllegalArgumentException when the types cannot be told
     */
    static MethodTypes of(String kind, Serializable reference, int parameters) {
        ClassLoader loader = reference.getClass().getClassLoader();
        SerializedLambda lambda = Reading.of(reference)
                .orElseThrow(
                        () -> new IllegalArgumentException("the function of job kind \"" + kind + "\" is an object of "
                                + reference.getClass().getName() + ", whose types cannot be told: " + REMEDY));
        // What the reference is used as; here type arguments are erased.
        MethodType used = MethodType.fromMethodDescriptorString(lambda.getInstantiatedMethodType(), loader);
        Method method = method(lambda, loader);
        Type payload = used.parameterType(0);
        Type result = used.returnType();
        if (method != null) {
            Type[] declared = method.getGenericParameterTypes();
            boolean onPayload = !isStatic(lambda) && lambda.getCapturedArgCount() == 0;
            if (!onPayload && declared.length == parameters) {
                payload = better(declared[0], payload);
            }
            if (result != void.class) {
                result = better(method.getGenericReturnType(), result);
            }
        }
        return new MethodTypes(told(kind, "payload", payload), told(kind, "result", result));
    }

    private static final String REMEDY =
            "use a method reference or JobType.of(kind, PayloadType.class, ResultType.class), with a TypeRef for a"
                    + " type that has type arguments";

    /** The method behind the reference; null for a lambda, whose own method has lost the type arguments. */
    private static @Nullable Method method(SerializedLambda lambda, ClassLoader loader) {
        if (lambda.getImplMethodKind() == MethodHandleInfo.REF_newInvokeSpecial) {
            return null;
        }
        try {
            Class<?> owner = Class.forName(lambda.getImplClass().replace('/', '.'), false, loader);
            MethodType type = MethodType.fromMethodDescriptorString(lambda.getImplMethodSignature(), loader);
            return find(owner, lambda.getImplMethodName(), type)
                    .filter(m -> !m.isSynthetic())
                    .orElse(null);
        } catch (ClassNotFoundException e) {
            return null;
        }
    }

    /** The method, or the inherited one that the class does not declare itself. */
    private static Optional<Method> find(Class<?> owner, String name, MethodType type) {
        for (Class<?> c = owner; c != null; c = c.getSuperclass()) {
            for (Method method : c.getDeclaredMethods()) {
                if (method.getName().equals(name)
                        && MethodType.methodType(method.getReturnType(), method.getParameterTypes())
                                .equals(type)) {
                    return Optional.of(method);
                }
            }
        }
        return Stream.of(owner.getInterfaces())
                .flatMap(parent -> find(parent, name, type).stream())
                .findFirst();
    }

    private static boolean isStatic(SerializedLambda lambda) {
        return lambda.getImplMethodKind() == MethodHandleInfo.REF_invokeStatic;
    }

    /** The declared type, unless it depends on type variables, which the erased type may have resolved. */
    private static Type better(Type declared, Type erased) {
        return Types.isKnown(declared) ? declared : erased;
    }

    private static Type told(String kind, String what, Type type) {
        boolean erased = type == Object.class || (type instanceof Class<?> c && c.getTypeParameters().length > 0);
        if (erased) {
            throw new IllegalArgumentException("the " + what + " type of job kind \"" + kind
                    + "\" cannot be told from its function, only that it is some " + type.getTypeName() + ": "
                    + REMEDY);
        }
        return Types.boxed(type);
    }

    /**
     * Catches the description on its way into a stream. Reflection on the reference itself would need the caller's module to
     * open its package to this one; serialization does not.
     */
    private static final class Reading extends ObjectOutputStream {
        private @Nullable SerializedLambda found;

        private Reading() throws IOException {
            super(OutputStream.nullOutputStream());
            enableReplaceObject(true);
        }

        static Optional<SerializedLambda> of(Serializable reference) {
            try (Reading reading = new Reading()) {
                reading.writeObject(reference);
                return Optional.ofNullable(reading.found);
            } catch (IOException e) {
                return Optional.empty();
            }
        }

        @Override
        protected @Nullable Object replaceObject(Object object) {
            if (object instanceof SerializedLambda lambda) {
                found = lambda;
            }
            return null;
        }
    }
}
