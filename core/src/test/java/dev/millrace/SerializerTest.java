package dev.millrace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.OptBoolean;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SerializerTest {
    private final Serializer json = Serializer.json();

    record Order(long id, int count, String note, List<Item> items, Optional<String> coupon) {}

    record Item(String name, BigDecimal price) {}

    record Times(Instant at, LocalDate day, Duration length, UUID id) {}

    enum Color {
        RED
    }

    private String text(Object value, Type type) {
        return new String(json.write(value, type), StandardCharsets.UTF_8);
    }

    private Object read(String text, Type type) {
        return json.read(text.getBytes(StandardCharsets.UTF_8), type);
    }

    private Object again(Object value, Type type) {
        return json.read(json.write(value, type), type);
    }

    @Test
    void plain_data_comes_back_as_it_was() {
        Order order = new Order(
                1L << 60,
                2,
                "ünïcode \"quoted\" 📬",
                List.of(new Item("tea", new BigDecimal("4.50"))),
                Optional.of("x"));

        assertThat(again(order, Order.class)).isEqualTo(order);
        assertThat(again("text\n", String.class)).isEqualTo("text\n");
        assertThat(again(-7, Integer.class)).isEqualTo(-7);
        assertThat(again(Long.MIN_VALUE, Long.class)).isEqualTo(Long.MIN_VALUE);
        assertThat(again(0.1, Double.class)).isEqualTo(0.1);
        assertThat(again(true, Boolean.class)).isEqualTo(true);
        assertThat(again(Color.RED, Color.class)).isEqualTo(Color.RED);
        assertThat((byte[]) again(new byte[] {1, 2}, byte[].class)).containsExactly(1, 2);
    }

    @Test
    void type_arguments_hold() {
        Type type = new TypeRef<Map<String, List<Item>>>() {}.type();
        Map<String, List<Item>> value = Map.of("a", List.of(new Item("tea", BigDecimal.ONE)));

        assertThat(again(value, type)).isEqualTo(value);
    }

    @Test
    void times_are_iso_text() {
        Times times = new Times(
                Instant.parse("2026-01-02T03:04:05.000006Z"),
                LocalDate.of(2026, 1, 2),
                Duration.ofSeconds(90),
                UUID.fromString("018f0000-0000-7000-8000-000000000001"));

        assertThat(text(times, Times.class))
                .contains("\"2026-01-02T03:04:05.000006Z\"", "\"2026-01-02\"", "\"PT1M30S\"");
        assertThat(again(times, Times.class)).isEqualTo(times);
    }

    @Test
    void null_is_null() {
        assertThat(text(null, Order.class)).isEqualTo("null");
        assertThat(again(null, Order.class)).isNull();
        assertThat(json.read(new byte[0], Order.class)).isNull();
        assertThat(read("{\"whatever\":1}", Void.class)).isNull();
    }

    @Test
    void what_was_written_for_null_is_the_callers_own() {
        json.write(null, Order.class)[0] = 'x';

        assertThat(text(null, Order.class)).isEqualTo("null");
    }

    @Test
    void a_newer_versions_fields_are_ignored_and_an_older_versions_missing_ones_are_null() {
        Object order = read("{\"id\":1,\"count\":2,\"color\":\"red\"}", Order.class);

        assertThat(order).isInstanceOfSatisfying(Order.class, o -> {
            assertThat(o.id()).isEqualTo(1);
            assertThat(o.note()).isNull();
            assertThat(o.items()).isNull();
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "7",
                "\"text\"",
                "\"\"",
                "{\"id\":1}",
                "{\"id\":1,\"count\":null}",
                "{\"id\":1,\"count\":\"2\"}",
                "{\"id\":1,\"count\":\"\"}",
                "{\"id\":1,\"count\":2.5}",
                "{\"id\":1,\"count\":3000000000}",
                "{\"id\":1,\"count\":true}",
                "{\"id\":1,\"count\":2,\"note\":{}}",
                "{\"id\":1,\"count\":2,\"items\":{}}",
                "{\"id\":1,\"count\":2} {}",
                "{\"id\":1,",
                "{\"id\":1,\"count\":2",
                "\u0000",
                " "
            })
    void what_does_not_fit_is_an_error_that_names_the_type(String text) {
        assertThatThrownBy(() -> read(text, Order.class))
                .isInstanceOf(SerializationException.class)
                .hasMessageContainingAll(Order.class.getTypeName(), "retry the job by hand");
    }

    record Plan(
            Integer optional,
            int needed,
            @JsonProperty(isRequired = OptBoolean.FALSE) int lenient) {}

    @Test
    void a_missing_number_is_an_error_unless_the_type_says_that_it_may_be() {
        assertThat(read("{\"needed\":1}", Plan.class)).isEqualTo(new Plan(null, 1, 0));
        assertThatThrownBy(() -> read("{\"optional\":1}", Plan.class)).hasMessageContaining("needed");
    }

    @Test
    void an_unknown_enum_constant_is_an_error() {
        assertThatThrownBy(() -> read("\"BLUE\"", Color.class)).isInstanceOf(SerializationException.class);
        assertThatThrownBy(() -> read("0", Color.class)).isInstanceOf(SerializationException.class);
    }

    @Test
    void what_cannot_be_written_is_an_error_that_names_the_class() {
        List<Object> loop = new ArrayList<>();
        loop.add(loop);

        assertThatThrownBy(() -> json.write(loop, List.class))
                .isInstanceOf(SerializationException.class)
                .hasMessageContainingAll("java.util.ArrayList", "plain data");
        assertThatThrownBy(() -> json.write(new Thread(), Order.class)).isInstanceOf(SerializationException.class);
    }

    @JsonTypeInfo(use = JsonTypeInfo.Id.CLASS)
    interface Named {}

    record Trusted(int x) implements Named {}

    @Test
    void a_class_that_data_names_is_never_loaded() {
        String evil = "{\"@class\":\"" + Trusted.class.getName() + "\",\"x\":1}";

        assertThatThrownBy(() -> read(evil, Named.class)).isInstanceOf(SerializationException.class);
        assertThat(read("[\"java.lang.Thread\",{}]", Object.class)).isInstanceOf(List.class);
    }

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME)
    @JsonSubTypes({@JsonSubTypes.Type(Circle.class), @JsonSubTypes.Type(Square.class)})
    sealed interface Shape {}

    @JsonTypeName("circle")
    record Circle(int radius) implements Shape {}

    @JsonTypeName("square")
    record Square(int side) implements Shape {}

    @Test
    void alternatives_by_plain_names_are_fine() {
        Type shapes = new TypeRef<List<Shape>>() {}.type();
        List<Shape> value = List.of(new Circle(1), new Square(2));

        assertThat(again(value, shapes)).isEqualTo(value);
        assertThat(again(new Circle(3), Shape.class)).isEqualTo(new Circle(3));
    }
}
