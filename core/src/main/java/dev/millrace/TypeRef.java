package dev.millrace;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;

/**
 * A type with its type arguments, which a {@link Class} cannot carry: {@code new TypeRef<List<Mail>>() {}}.
 *
 * <p>The braces matter: they make a subclass, and a subclass remembers what it extends. Immutable; equal when the types are.
 *
 * @param <T> the type
 */
public abstract class TypeRef<T> {
    private final Type type;

    /**
     * Takes the type from the subclass that is being made.
     *
     * @throws IllegalArgumentException when the type argument is missing, or is or holds a type variable ({@code new
     *     TypeRef<List<T>>() {}}), which says nothing at run time
     */
    protected TypeRef() {
        if (!(getClass().getGenericSuperclass() instanceof ParameterizedType self)
                || self.getRawType() != TypeRef.class) {
            throw new IllegalArgumentException(
                    "a TypeRef needs a type argument and must be extended directly: write new TypeRef<List<Mail>>()"
                            + " {}");
        }
        this.type = self.getActualTypeArguments()[0];
        if (!Types.isKnown(type)) {
            throw new IllegalArgumentException("the type variable in " + type.getTypeName()
                    + " is not known at run time: write the type out, as in new TypeRef<List<Mail>>() {}");
        }
    }

    private TypeRef(Type type) {
        this.type = type;
    }

    /** The type of a class without type arguments. */
    public static <T> TypeRef<T> of(Class<T> type) {
        return new Plain<>(type);
    }

    /** The type, as reflection knows it. */
    public final Type type() {
        return type;
    }

    @Override
    public final boolean equals(Object other) {
        return other instanceof TypeRef<?> ref && type.equals(ref.type);
    }

    @Override
    public final int hashCode() {
        return type.hashCode();
    }

    @Override
    public final String toString() {
        return type.getTypeName();
    }

    private static final class Plain<T> extends TypeRef<T> {
        Plain(Class<T> type) {
            super((Type) type);
        }
    }
}
