package dev.millrace;

import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.JsonRecyclerPools;
import tools.jackson.databind.DatabindContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.AnnotatedMember;
import tools.jackson.databind.introspect.AnnotatedParameter;
import tools.jackson.databind.introspect.JacksonAnnotationIntrospector;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.jsontype.PolymorphicTypeValidator;

/** JSON by Jackson. Readers and writers are made once per type; types come from job types, so there are few. */
final class JsonSerializer implements Serializer {
    static final JsonSerializer INSTANCE = new JsonSerializer();

    private static final byte[] NULL = "null".getBytes(StandardCharsets.UTF_8);

    private final JsonMapper mapper = JsonMapper.builder(JsonFactory.builder()
                    .recyclerPool(
                            JsonRecyclerPools.threadLocalPool()) // the shared pool's queue costs more than the work
                    .build())
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .enable(EnumFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .annotationIntrospector(new PrimitivesRequired())
            .polymorphicTypeValidator(new NoClassNames())
            .build();

    private final Map<Type, ObjectReader> readers = new ConcurrentHashMap<>();
    private final Map<Type, ObjectWriter> writers = new ConcurrentHashMap<>();

    private JsonSerializer() {}

    @Override
    public byte[] write(@Nullable Object value, Type type) {
        if (value == null) {
            return NULL.clone();
        }
        try {
            return writer(type).writeValueAsBytes(value);
        } catch (JacksonException | IllegalArgumentException e) {
            throw new SerializationException(
                    "cannot write a " + value.getClass().getName() + " as JSON of " + type.getTypeName() + ": "
                            + reason(e) + ". Use plain data (a record, a list, text, numbers)",
                    e);
        }
    }

    @Override
    public @Nullable Object read(byte[] data, Type type) {
        if (data.length == 0 || type == Void.class) {
            return null;
        }
        try {
            return reader(type).readValue(data);
        } catch (JacksonException | IllegalArgumentException e) {
            throw new SerializationException(
                    "the JSON (" + data.length + " bytes) does not fit " + type.getTypeName() + ": " + reason(e)
                            + ". If the type has changed, make it accept the old form as well, and retry the job by"
                            + " hand",
                    e);
        }
    }

    private ObjectReader reader(Type type) {
        ObjectReader reader = readers.get(type);
        return reader != null ? reader : readers.computeIfAbsent(type, t -> mapper.readerFor(mapper.constructType(t)));
    }

    private ObjectWriter writer(Type type) {
        ObjectWriter writer = writers.get(type);
        return writer != null ? writer : writers.computeIfAbsent(type, t -> mapper.writerFor(mapper.constructType(t)));
    }

    private static @Nullable String reason(RuntimeException e) {
        return e instanceof JacksonException jackson ? jackson.getOriginalMessage() : e.getMessage();
    }

    /** A number that is missing is not zero: a record's primitive components are required, unless annotated otherwise. */
    private static final class PrimitivesRequired extends JacksonAnnotationIntrospector {
        private static final long serialVersionUID = 1L;

        @Override
        public @Nullable Boolean hasRequiredMarker(MapperConfig<?> config, AnnotatedMember member) {
            Boolean said = super.hasRequiredMarker(config, member);
            if (said != null) {
                return said;
            }
            boolean primitive =
                    member instanceof AnnotatedParameter && member.getRawType().isPrimitive();
            return primitive ? Boolean.TRUE : null;
        }
    }

    /** Refuses to load a class that data names, even where an annotation on the type asks for it; plain names are fine. */
    private static final class NoClassNames extends PolymorphicTypeValidator.Base {
        private static final long serialVersionUID = 1L;

        @Override
        public Validity validateBaseType(DatabindContext context, JavaType baseType) {
            return Validity.DENIED;
        }
    }
}
