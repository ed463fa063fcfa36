package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Wish;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Many children of one parent, many parents of one child, and long chains: worked off in bounded steps, none forgotten. */
abstract class FanRules extends FlowPart {
    /** More than one batch of deliveries holds. */
    private static final int MANY = 1_200;

    @Test
    void all_of_very_many_children_go_on() {
        JobDraft parent = Jobs.work().priority(9);
        driver.enqueue(parent);
        List<JobDraft> children =
                works(MANY).stream().map(child -> child.after(parent)).toList();
        driver.enqueue(children);

        succeed(parent);

        assertThat(counted(JobState.READY)).isEqualTo(MANY);
        assertThat(counted(JobState.BLOCKED)).isZero();
        Set<UUID> claimed = new HashSet<>();
        for (ClaimedJob run : claimAll()) {
            claimed.add(run.spec().id());
        }
        assertThat(claimed).containsExactlyInAnyOrder(ids(children));
    }

    /** All there are: a store may give fewer at a time than are asked for. */
    private List<ClaimedJob> claimAll() {
        List<ClaimedJob> all = new ArrayList<>();
        for (List<ClaimedJob> some = session.claim(MANY); !some.isEmpty(); some = session.claim(MANY)) {
            all.addAll(some);
        }
        return all;
    }

    @Test
    void all_of_very_many_children_are_abandoned_and_come_back() {
        JobDraft parent = Jobs.work();
        driver.enqueue(parent);
        driver.enqueue(works(MANY).stream().map(child -> child.after(parent)).toList());

        fail(parent);
        assertThat(counted(JobState.CANCELLED)).isEqualTo(MANY);
        runAgain(parent);

        assertThat(counted(JobState.BLOCKED)).isEqualTo(MANY);
    }

    @Test
    void a_child_waits_for_the_last_of_very_many_parents() {
        List<JobDraft> parents = works(MANY);
        JobDraft child = Jobs.work().after(parents.toArray(JobDraft[]::new));
        List<JobDraft> call = new ArrayList<>(parents);
        call.add(child);
        driver.enqueue(call);
        List<ClaimedJob> runs = claimAll();

        session.settle(runs.subList(1, MANY).stream()
                .map(run -> Settlement.of(run.run(), Outcomes.all().get(0)))
                .toList());
        driver.settleDown();
        assertState(JobState.BLOCKED, child);
        session.succeed(runs.get(0));
        driver.settleDown();

        assertState(JobState.READY, child);
        assertThat(driver.parents(child.id()))
                .extracting(dependency -> dependency.parent().job())
                .containsExactly(ids(parents));
    }

    @Test
    void a_long_chain_is_abandoned_to_its_end() {
        List<JobDraft> chain = new ArrayList<>(works(1));
        for (JobDraft next : works(100)) {
            chain.add(next.after(chain.get(chain.size() - 1)));
        }
        JobDraft last = Jobs.work().after(Wish.END, chain.get(100));
        driver.enqueue(Stream.concat(chain.stream(), Stream.of(last)).toList());

        fail(chain.get(0));
        assertThat(counted(JobState.CANCELLED)).isEqualTo(100);
        assertState(JobState.READY, last);
        runAgain(chain.get(0));

        assertThat(counted(JobState.CANCELLED)).isZero();
        assertState(JobState.READY, last);
    }

    @Test
    void a_chain_moves_on_by_exchanges_alone() {
        List<JobDraft> chain = new ArrayList<>(works(1));
        for (JobDraft next : works(5)) {
            chain.add(next.after(chain.get(chain.size() - 1)));
        }
        driver.enqueue(chain);
        Claim.Next claim = session.next(new Claim.Queues.AllBut(Set.of()), 9);
        List<UUID> ran = new ArrayList<>();
        List<ClaimedJob> claimed = List.of();

        for (int exchanges = 0; exchanges < 60 && ran.size() < chain.size(); exchanges++) {
            List<Settlement> ends = claimed.stream()
                    .map(run -> Settlement.of(run.run(), Outcomes.all().get(0)))
                    .toList();
            claimed = session.exchange(ends, claim).claimed();
            claimed.forEach(run -> ran.add(run.spec().id()));
        }

        assertThat(ran).containsExactly(ids(chain));
    }

    @Test
    void very_many_jobs_of_one_key_run_one_after_the_other() {
        List<JobDraft> jobs =
                Stream.generate(() -> Jobs.work().serial("k")).limit(60).toList();
        driver.enqueue(jobs);
        List<UUID> ran = new ArrayList<>();

        for (int i = 0; i < 60; i++) {
            ClaimedJob run = session.claimNext();
            ran.add(run.spec().id());
            session.succeed(run);
            driver.sweep();
        }

        assertThat(ran).containsExactly(ids(jobs));
    }

    private long counted(JobState state) {
        return driver.find(Filter.ALL.withStates(Set.of(state))).size();
    }
}
