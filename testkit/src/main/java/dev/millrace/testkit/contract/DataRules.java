package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Failure;
import dev.millrace.Progress;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Filter;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.LogLine;
import dev.millrace.spi.Notes;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.Report;
import dev.millrace.spi.Settlement;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.SessionDriver;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever users put in comes out as it was: large, odd, in any language. */
abstract class DataRules extends ContractPart {
    private static final int MEBIBYTE = 1024 * 1024;

    @Test
    void a_mebibyte_of_payload_and_of_result_is_kept() {
        byte[] payload = random(MEBIBYTE);
        byte[] result = random(MEBIBYTE);
        UUID id = driver.enqueue(Jobs.work().payload(payload));
        SessionDriver session = driver.session();

        ClaimedJob run = session.claimNext();
        session.settle(run, new Outcome.Succeeded(result));

        assertThat(run.spec().payload()).isEqualTo(payload);
        assertThat(driver.job(id).spec().payload()).isEqualTo(payload);
        assertThat(driver.job(id).result()).isEqualTo(result);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "it's; DROP TABLE jobs --\"",
                "%_*?[]{}:|&$\\/ \t",
                "Zürich 東京 🚂👩‍🔧",
                "line\nbreak\r\n",
                " spaces around ",
                "0",
                "null"
            })
    void any_text_is_a_name(String odd) {
        UUID neighbour = driver.enqueue(Jobs.work());
        JobDraft draft = Jobs.plain(odd)
                .queue(odd)
                .tag(odd)
                .meta(odd, odd)
                .options(odd)
                .unique(odd)
                .group("customer", odd);
        driver.enqueue(draft);

        assertThat(driver.job(draft.id()).spec()).usingRecursiveComparison().isEqualTo(draft.spec());
        Filter all = Filter.ALL.withQueue(odd).withKind(odd).withTag(odd).withGroup(odd);
        assertThat(driver.find(all)).extracting(JobRecord::id).containsExactly(draft.id());
        assertThat(driver.offer(Jobs.plain(odd).unique(odd)).id()).isEqualTo(draft.id());
        ClaimedJob run = driver.session(odd, odd).claimFrom(9, odd).get(0);
        assertThat(run.spec()).usingRecursiveComparison().isEqualTo(draft.spec());
        assertThat(driver.job(neighbour).run().token()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"it's \"odd\"\n🚂", "", "   "})
    void any_text_is_kept_in_reports_failures_and_notes(String odd) {
        UUID id = driver.enqueue(Jobs.work());
        SessionDriver session = driver.session();
        ClaimedJob run = session.claimNext();
        LogLine line = new LogLine(START, odd);
        Failure failure = new Failure("odd", odd, odd);
        store.checkpoint(run.run(), "step" + odd, new byte[] {1});
        assertThat(driver.trail(id).steps()).containsOnlyKeys("step" + odd);

        session.settle(new Settlement(
                run.run(), new Outcome.Failed(failure), SECOND, new Report(new Progress(1, 2, odd), List.of(line))));
        long revision = store.putNote("space" + odd, "key" + odd, new byte[] {1}, Notes.ABSENT, null)
                .orElseThrow();

        assertThat(driver.job(id).failure()).isEqualTo(failure);
        assertThat(driver.job(id).run().progress()).isEqualTo(new Progress(1, 2, odd));
        assertThat(driver.trail(id).log()).containsExactly(line);
        assertThat(driver.trail(id).runs().get(0).failure()).isEqualTo(failure);
        assertThat(store.notes("space" + odd)).hasSize(1);
        assertThat(store.removeNote("space" + odd, "key" + odd, revision)).isTrue();
    }

    @Test
    void long_names_are_kept() {
        String name = "n".repeat(500);
        JobDraft draft = Jobs.plain(name + "k")
                .queue(name + "q")
                .tag(name + "t")
                .unique(name + "u")
                .group("customer", name + "g")
                .meta(name + "m", name.repeat(20));
        driver.enqueue(draft);

        assertThat(driver.job(draft.id()).spec()).usingRecursiveComparison().isEqualTo(draft.spec());
        assertThat(driver.find(Filter.ALL.withTag(name + "t"))).hasSize(1);
    }

    @Test
    void names_that_only_differ_by_case_are_different_names() {
        driver.enqueue(Jobs.plain("Mail").queue("Q").tag("T"));
        UUID lower = driver.enqueue(Jobs.plain("mail").queue("q").tag("t"));

        assertThat(driver.find(Filter.ALL.withKind("mail")))
                .extracting(JobRecord::id)
                .containsExactly(lower);
        assertThat(driver.find(Filter.ALL.withQueue("q"))).hasSize(1);
        assertThat(driver.find(Filter.ALL.withTag("t"))).hasSize(1);
        assertThat(driver.session("worker", "mail").claim(9)).hasSize(1);
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }
}
