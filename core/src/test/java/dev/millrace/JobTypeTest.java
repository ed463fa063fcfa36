package dev.millrace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.millrace.internal.RunOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class JobTypeTest {

    record Mail(String to) {
        int length() {
            return to.length();
        }
    }

    static int square(int x) {
        return x * x;
    }

    static Map<String, Long> count(List<Mail> mails) {
        return Map.of("mails", (long) mails.size());
    }

    static void ping(long number) {}

    static String greet(Mail mail, JobContext job) {
        return "Hello, " + mail.to() + " of " + job;
    }

    static <T> T same(T value) {
        return value;
    }

    static <T> List<T> sameList(List<T> value) {
        return value;
    }

    static class Step<P> {
        P last(List<P> values) {
            return values.get(values.size() - 1);
        }

        P same(P value) {
            return value;
        }
    }

    static class MailStep extends Step<Mail> {}

    static class Mailer {
        final List<Object> sent = new ArrayList<>();

        void send(Mail mail) {
            sent.add(mail);
        }

        void sendAll(List<Mail> mails, JobContext job) {
            sent.addAll(mails);
        }
    }

    private static <P, R> R run(JobType<P, R> type, P payload) throws Exception {
        return type.function().orElseThrow().handle(payload, null);
    }

    @Test
    void a_static_method_of_primitives_is_a_type_of_their_objects() throws Exception {
        JobType<Integer, Integer> type = JobType.of("square", JobTypeTest::square);

        assertThat(type.payloadType()).isEqualTo(Integer.class);
        assertThat(type.resultType()).isEqualTo(Integer.class);
        assertThat(run(type, 7)).isEqualTo(49);
    }

    @Test
    void type_arguments_come_from_the_method() throws Exception {
        JobType<List<Mail>, Map<String, Long>> type = JobType.of("count", JobTypeTest::count);

        assertThat(type.payloadType()).isEqualTo(new TypeRef<List<Mail>>() {}.type());
        assertThat(type.resultType()).isEqualTo(new TypeRef<Map<String, Long>>() {}.type());
        assertThat(run(type, List.of(new Mail("ada")))).isEqualTo(Map.of("mails", 1L));
    }

    @Test
    void a_method_that_returns_nothing_has_the_result_Void() throws Exception {
        JobType<Long, Void> type = JobType.of("ping", JobTypeTest::ping);

        assertThat(type.payloadType()).isEqualTo(Long.class);
        assertThat(type.resultType()).isEqualTo(Void.class);
        assertThat(run(type, 1L)).isNull();
    }

    @Test
    void a_method_may_take_the_context() throws Exception {
        JobType<Mail, String> type = JobType.of("greet", JobTypeTest::greet);

        assertThat(type.payloadType()).isEqualTo(Mail.class);
        assertThat(type.resultType()).isEqualTo(String.class);
        assertThat(run(type, new Mail("ada"))).isEqualTo("Hello, ada of null");
    }

    @Test
    void a_method_of_an_object_runs_on_that_object_which_need_not_be_serializable() throws Exception {
        Mailer mailer = new Mailer();
        JobType<Mail, Void> one = JobType.of("mail", mailer::send);
        JobType<List<Mail>, Void> many = JobType.of("mailing", mailer::sendAll);

        run(one, new Mail("ada"));
        run(many, List.of(new Mail("bob"), new Mail("cyd")));

        assertThat(one.payloadType()).isEqualTo(Mail.class);
        assertThat(many.payloadType()).isEqualTo(new TypeRef<List<Mail>>() {}.type());
        assertThat(mailer.sent).containsExactly(new Mail("ada"), new Mail("bob"), new Mail("cyd"));
    }

    @Test
    void a_method_of_the_payload_is_a_type_of_it() throws Exception {
        JobType<Mail, Integer> type = JobType.of("length", Mail::length);

        assertThat(type.payloadType()).isEqualTo(Mail.class);
        assertThat(run(type, new Mail("ada"))).isEqualTo(3);
    }

    @Test
    void a_type_variable_that_the_use_settles_is_that_type() throws Exception {
        JobType<Mail, Mail> inherited = JobType.of("inherited", new MailStep()::same);
        JobType<String, String> generic = JobType.<String, String>of("generic", JobTypeTest::same);

        assertThat(inherited.payloadType()).isEqualTo(Mail.class);
        assertThat(generic.resultType()).isEqualTo(String.class);
    }

    @Test
    void a_type_argument_that_cannot_be_told_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JobType.<List<Mail>, Mail>of("last", new MailStep()::last))
                .withMessageContainingAll("payload", "\"last\"", "java.util.List", "TypeRef");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JobType.<List<Mail>, List<Mail>>of("list", JobTypeTest::sameList))
                .withMessageContaining("JobType.of(kind, PayloadType.class, ResultType.class)");
    }

    @Test
    void a_lambda_of_plain_classes_is_typed_also_with_what_it_captures() throws Exception {
        String suffix = "!".repeat(2);
        JobType<Mail, String> type = JobType.of("shout", (Mail mail) -> mail.to() + suffix);

        assertThat(type.payloadType()).isEqualTo(Mail.class);
        assertThat(type.resultType()).isEqualTo(String.class);
        assertThat(run(type, new Mail("ada"))).isEqualTo("ada!!");
    }

    @Test
    void a_lambda_of_generic_types_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JobType.of("count", (List<Mail> mails) -> mails.size()))
                .withMessageContainingAll("payload", "\"count\"", "use a method reference");
    }

    @Test
    void an_object_that_is_no_method_reference_is_refused() {
        class Doubling implements JobFunction<Integer, Integer> {
            private static final long serialVersionUID = 1L;

            @Override
            public Integer apply(Integer x) {
                return 2 * x;
            }
        }

        assertThatIllegalArgumentException()
                .isThrownBy(() -> JobType.of("double", new Doubling()))
                .withMessageContainingAll("\"double\"", "Doubling", "use a method reference");
    }

    @Test
    void classes_and_type_references_name_types() {
        TypeRef<List<Mail>> mails = new TypeRef<>() {};

        assertThat(JobType.of("k", Mail.class).resultType()).isEqualTo(Void.class);
        assertThat(JobType.of("k", mails).payloadType()).isEqualTo(mails.type());
        assertThat(JobType.of("k", mails, Mail.class).resultType()).isEqualTo(Mail.class);
        assertThat(JobType.of("k", Mail.class, mails).resultType()).isEqualTo(mails.type());
        assertThat(JobType.of("k", mails, mails).function()).isEmpty();
        assertThat(JobType.of("k", int.class).payloadType()).isEqualTo(Integer.class);
    }

    @Test
    void a_type_reference_without_a_known_type_is_refused() {
        assertThatIllegalArgumentException().isThrownBy(JobTypeTest::<Mail>refOfVariable);
        assertThatIllegalArgumentException().isThrownBy(JobTypeTest::rawRef);
    }

    private static <T> void refOfVariable() {
        new TypeRef<List<T>>() {};
    }

    @SuppressWarnings("rawtypes")
    private static void rawRef() {
        new TypeRef() {};
    }

    @Test
    void an_option_gives_a_copy() {
        JobType<Mail, Void> plain = JobType.of("mail", Mail.class);
        JobType<Mail, Void> tuned = plain.queue("mail")
                .priority(7)
                .timeout(Duration.ofSeconds(30))
                .retry(RetryPolicy.none())
                .keepFor(Duration.ofDays(1));

        assertThat(plain.options()).isEqualTo(JobOptions.DEFAULT);
        assertThat(tuned.options().queue()).isEqualTo("mail");
        assertThat(tuned.options().priority()).isEqualTo(7);
        assertThat(tuned.options().run()).isEqualTo(new RunOptions(Duration.ofSeconds(30), RetryPolicy.none()));
        assertThat(tuned.options().keepFor()).isEqualTo(Duration.ofDays(1));
        assertThat(tuned.function()).isEqualTo(plain.function());
    }

    @Test
    void a_name_that_could_be_mistaken_is_refused() {
        Function<String, JobType<Mail, Void>> kind = name -> JobType.of(name, Mail.class);

        for (String bad : List.of("", "  ", " mail", "mail\t", "a\nb", "a\u0000b", "x".repeat(201), "a\uD800b")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> kind.apply(bad))
                    .withMessageContaining("kind");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> kind.apply("mail").queue(bad))
                    .withMessageContaining("queue");
        }
        assertThat(kind.apply("x".repeat(200)).kind()).hasSize(200);
        assertThat(kind.apply("Übersicht senden 📬").kind()).isEqualTo("Übersicht senden 📬");
    }

    @Test
    void options_out_of_range_are_refused() {
        JobType<Mail, Void> type = JobType.of("mail", Mail.class);

        assertThat(type.priority(-1000).options().priority()).isEqualTo(-1000);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> type.priority(1001))
                .withMessageContainingAll("1001", "-1000 to 1000");
        assertThatIllegalArgumentException().isThrownBy(() -> type.timeout(Duration.ZERO));
        assertThatIllegalArgumentException().isThrownBy(() -> type.keepFor(Duration.ofMillis(-1)));
        assertThatIllegalArgumentException().isThrownBy(() -> type.keepFor(Duration.ofSeconds(Long.MAX_VALUE)));
    }

    @Test
    void a_payload_is_null_only_for_Void() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JobType.of("mail", Mail.class).with(null))
                .withMessageContainingAll("\"mail\"", "Mail", "Void.class");
        assertThat(JobType.of("cleanup", Void.class).with(null).payload()).isNull();
    }
}
