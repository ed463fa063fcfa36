package dev.millrace.nats;

import dev.millrace.StoreException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Records as bytes, by their declared shape: what is read can only be of the types that the reader declares, never of a type
 * that the bytes name. A record is its length, the number of its components, and these; so a reader skips components that a
 * newer version appended, and takes null or zero for those that an older one did not have. Records may therefore only ever
 * grow at their end, and sealed interfaces likewise.
 */
final class Wire {
    private static final Map<Type, Shape> SHAPES = new ConcurrentHashMap<>();

    private Wire() {}

    /** How values of one type are written and read. */
    private interface Shape {
        void write(Out out, Object value);

        Object read(In in);
    }

    static byte[] toBytes(Type type, @Nullable Object value) {
        Out out = new Out(256);
        write(type, out, value);
        return out.toBytes();
    }

    static <T> T fromBytes(Class<T> type, byte[] bytes) {
        Object value = read(type, new In(bytes));
        if (value == null) {
            throw new StoreException("a " + type.getSimpleName() + " was expected, and nothing was there");
        }
        return type.cast(value);
    }

    static void write(Type type, Out out, @Nullable Object value) {
        if (type instanceof Class<?> raw && raw.isPrimitive()) {
            writePrimitive(out, value);
            return;
        }
        out.flag(value != null);
        if (value != null) {
            shape(type).write(out, value);
        }
    }

    static @Nullable Object read(Type type, In in) {
        if (type instanceof Class<?> raw && raw.isPrimitive()) {
            return readPrimitive(raw, in);
        }
        return in.flag() ? shape(type).read(in) : null;
    }

    private static void writePrimitive(Out out, @Nullable Object value) {
        if (value instanceof Boolean flag) {
            out.flag(flag);
        } else if (value instanceof Number number) {
            out.number(number.longValue());
        } else {
            throw new IllegalArgumentException("cannot write " + value);
        }
    }

    private static Object readPrimitive(Class<?> raw, In in) {
        if (raw == boolean.class) {
            return in.flag();
        }
        return raw == int.class ? (Object) in.small() : (Object) in.number();
    }

    private static @Nullable Object absent(Type type) {
        if (type == boolean.class) {
            return false;
        }
        if (type == int.class) {
            return 0;
        }
        return type == long.class ? 0L : null;
    }

    private static Shape shape(Type type) {
        Shape known = SHAPES.get(type);
        if (known == null) {
            known = make(type);
            SHAPES.put(type, known);
        }
        return known;
    }

    private static Shape make(Type type) {
        if (type instanceof ParameterizedType generic && generic.getRawType() instanceof Class<?> raw) {
            Type[] of = generic.getActualTypeArguments();
            if (raw == Optional.class) {
                return new Perhaps(of[0]);
            }
            if (raw == Map.class) {
                return new Mapping(of[0], of[1]);
            }
            if (Collection.class.isAssignableFrom(raw)) {
                return new Several(of[0], raw == Set.class);
            }
            return make(raw);
        }
        if (type instanceof Class<?> raw) {
            if (raw.isRecord()) {
                return new Recorded(raw);
            }
            if (raw.isEnum()) {
                return new Named(raw.getEnumConstants());
            }
            if (raw.isSealed()) {
                return new OneOf(raw.getPermittedSubclasses());
            }
            return leaf(raw);
        }
        throw new IllegalArgumentException("no shape for " + type);
    }

    private static Shape leaf(Class<?> raw) {
        if (raw == String.class) {
            return new Plain<>(String.class, Out::text, In::text);
        }
        if (raw == byte[].class) {
            return new Plain<>(byte[].class, Out::bytes, In::bytes);
        }
        if (raw == UUID.class) {
            return new Plain<>(UUID.class, Out::uuid, In::uuid);
        }
        if (raw == Boolean.class) {
            return new Plain<>(Boolean.class, Out::flag, In::flag);
        }
        if (raw == Long.class) {
            return new Plain<>(Long.class, Out::number, In::number);
        }
        if (raw == Integer.class) {
            return new Plain<>(Integer.class, (out, value) -> out.number(value), In::small);
        }
        if (raw == Instant.class) {
            return new Plain<>(
                    Instant.class,
                    (out, value) -> out.number(value.getEpochSecond()).number(value.getNano()),
                    in -> Instant.ofEpochSecond(in.number(), in.number()));
        }
        if (raw == Duration.class) {
            return new Plain<>(
                    Duration.class,
                    (out, value) -> out.number(value.getSeconds()).number(value.getNano()),
                    in -> Duration.ofSeconds(in.number(), in.number()));
        }
        throw new IllegalArgumentException("no shape for " + raw);
    }

    private record Plain<T>(Class<T> type, Writing<T> writing, Reading<T> reading) implements Shape {
        private interface Writing<T> {
            void write(Out out, T value);
        }

        private interface Reading<T> {
            T read(In in);
        }

        @Override
        public void write(Out out, Object value) {
            writing.write(out, type.cast(value));
        }

        @Override
        public Object read(In in) {
            return reading.read(in);
        }
    }

    private record Perhaps(Type of) implements Shape {
        @Override
        public void write(Out out, Object value) {
            Wire.write(of, out, ((Optional<?>) value).orElse(null));
        }

        @Override
        public Object read(In in) {
            return Optional.ofNullable(Wire.read(of, in));
        }
    }

    private record Several(Type of, boolean set) implements Shape {
        @Override
        public void write(Out out, Object value) {
            Collection<?> all = (Collection<?>) value;
            out.number(all.size());
            for (Object each : all) {
                Wire.write(of, out, each);
            }
        }

        @Override
        public Object read(In in) {
            int size = in.small();
            Collection<@Nullable Object> all = set ? new LinkedHashSet<>() : new ArrayList<>(Math.min(size, in.left()));
            for (int i = 0; i < size; i++) {
                all.add(Wire.read(of, in));
            }
            return all;
        }
    }

    private record Mapping(Type key, Type of) implements Shape {
        @Override
        public void write(Out out, Object value) {
            Map<?, ?> all = (Map<?, ?>) value;
            out.number(all.size());
            all.forEach((name, each) -> {
                Wire.write(key, out, name);
                Wire.write(of, out, each);
            });
        }

        @Override
        public Object read(In in) {
            int size = in.small();
            Map<@Nullable Object, @Nullable Object> all = new LinkedHashMap<>();
            for (int i = 0; i < size; i++) {
                all.put(Wire.read(key, in), Wire.read(of, in));
            }
            return all;
        }
    }

    private record Named(Object[] constants) implements Shape {
        @Override
        @SuppressWarnings("EnumOrdinal") // constants are only ever added at the end
        public void write(Out out, Object value) {
            out.number(((Enum<?>) value).ordinal());
        }

        @Override
        public Object read(In in) {
            return pick(constants, in.small());
        }
    }

    private record OneOf(Class<?>[] permitted) implements Shape {
        @Override
        public void write(Out out, Object value) {
            for (int i = 0; i < permitted.length; i++) {
                if (permitted[i].isInstance(value)) {
                    out.number(i);
                    shape(permitted[i]).write(out, value);
                    return;
                }
            }
            throw new IllegalArgumentException("not one of the known sorts: " + value);
        }

        @Override
        public Object read(In in) {
            return shape(pick(permitted, in.small())).read(in);
        }
    }

    private static <T> T pick(T[] among, int index) {
        if (index < 0 || index >= among.length) {
            throw new StoreException("another instance of this store uses something that this version does not know:"
                    + " update this one");
        }
        return among[index];
    }

    private static final class Recorded implements Shape {
        private final Method[] accessors;
        private final Type[] types;
        private final Constructor<?> constructor;

        Recorded(Class<?> raw) {
            RecordComponent[] components = raw.getRecordComponents();
            accessors = new Method[components.length];
            types = new Type[components.length];
            Class<?>[] erased = new Class<?>[components.length];
            boolean own = raw.getPackage().equals(Wire.class.getPackage());
            try {
                for (int i = 0; i < components.length; i++) {
                    accessors[i] = components[i].getAccessor();
                    accessors[i].setAccessible(own || accessors[i].trySetAccessible());
                    types[i] = components[i].getGenericType();
                    erased[i] = components[i].getType();
                }
                constructor = raw.getDeclaredConstructor(erased);
                constructor.setAccessible(own || constructor.trySetAccessible());
            } catch (NoSuchMethodException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void write(Out out, Object value) {
            int begin = out.beginBlock();
            out.one(types.length);
            try {
                for (int i = 0; i < types.length; i++) {
                    Wire.write(types[i], out, accessors[i].invoke(value));
                }
            } catch (IllegalAccessException | InvocationTargetException e) {
                throw new IllegalStateException(e);
            }
            out.endBlock(begin);
        }

        @Override
        public Object read(In in) {
            In block = in.block();
            int present = block.one();
            @Nullable Object[] values = new Object[types.length];
            for (int i = 0; i < types.length; i++) {
                values[i] = i < present ? Wire.read(types[i], block) : absent(types[i]);
            }
            try {
                return constructor.newInstance(values);
            } catch (InvocationTargetException e) {
                throw e.getCause() instanceof RuntimeException refused ? refused : new IllegalStateException(e);
            } catch (InstantiationException | IllegalAccessException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
