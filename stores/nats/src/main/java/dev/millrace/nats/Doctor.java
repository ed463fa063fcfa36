package dev.millrace.nats;

import dev.millrace.StoreException;
import dev.millrace.spi.Examination;
import dev.millrace.spi.Finding.Severity;
import dev.millrace.spi.Findings;
import io.nats.client.api.AccountStatistics;
import io.nats.client.api.ClusterInfo;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.Replica;
import io.nats.client.api.ServerInfo;
import io.nats.client.api.StreamInfo;
import java.time.Duration;

/** Examines the stream, the account and the leader, as far as an ordinary login sees them. */
final class Doctor {
    private static final Duration MOST = Duration.ofSeconds(25);
    private static final Duration SILENCE = Duration.ofSeconds(10);
    private static final long FEW_ENTRIES = 10;
    private static final double NEARLY_FULL = 0.8;
    private static final double ALMOST_FULL = 0.95;

    private final Link link;
    private final Leadership leadership;
    private final Patience patience;
    private final Findings findings = new Findings(MOST);

    private Doctor(Link link, Leadership leadership, Patience patience) {
        this.link = link;
        this.leadership = leadership;
        this.patience = patience;
    }

    static Examination examine(Link link, Leadership leadership, Patience patience) {
        Doctor doctor = new Doctor(link, leadership, patience);
        doctor.look();
        return doctor.findings.examination();
    }

    private void look() {
        findings.look("the server's version", this::lookAtVersion);
        findings.look("replicas of the stream", () -> {
            StreamInfo info = link.info();
            lookAtPowerLoss(info);
            lookAtReplicas(info);
        });
        findings.look("the stream's limits", () -> lookAtLimits(link.info()));
        findings.look("the account's storage", this::lookAtAccount);
        findings.look("the leader's memory", this::lookAtLeader);
    }

    private void lookAtVersion() {
        ServerInfo server = link.connection().getServerInfo();
        if (server.isOlderThanVersion("2.10.0")) {
            findings.note(
                    "nats-version",
                    "the server is NATS " + server.getVersion(),
                    "it works; it gets no more fixes, and sync_interval: always came with 2.10",
                    "update it when that suits");
        }
    }

    private void lookAtPowerLoss(StreamInfo info) {
        int replicas = info.getConfiguration().getReplicas();
        if (replicas == 1) {
            findings.note(
                    "nats-one-replica",
                    "the stream is kept by one server; how often it syncs (sync_interval) does not show to this login",
                    "a power loss takes back what it had not synced: up to 2 minutes as it comes; while that server is down,"
                            + " nothing works",
                    "set sync_interval in the server's jetstream configuration (\"always\" from 2.10 on), or keep the"
                            + " stream on three servers: nats stream edit --replicas 3, and replicas=3 in the addresses");
        }
    }

    private void lookAtReplicas(StreamInfo info) {
        ClusterInfo cluster = info.getClusterInfo();
        int replicas = info.getConfiguration().getReplicas();
        if (replicas == 1 || cluster == null || cluster.getReplicas() == null) {
            return;
        }
        int missing = replicas - 1 - cluster.getReplicas().size();
        for (Replica each : cluster.getReplicas()) {
            boolean gone = each.isOffline() || silent(each);
            if (gone || each.getLag() > patience.behind()) {
                missing += gone ? 1 : 0;
                findings.warning(
                        "nats-replica",
                        "the stream's replica on " + each.getName() + " lacks " + each.getLag()
                                + " entries and was heard of "
                                + each.getActive().toSeconds() + " s ago" + (each.isOffline() ? "; it is offline" : ""),
                        "one server less may be lost before nothing works, or before jobs are lost",
                        "start that server, or see its log; nats stream report shows when it has caught up");
            }
        }
        if (missing > 0 && missing >= (replicas - 1) / 2) {
            findings.problem(
                    "nats-quorum",
                    missing + " of the stream's " + replicas + " servers are missing",
                    "one more, and no job is stored, claimed or settled until it is back",
                    "start them; if one is gone for good: nats server cluster peer-remove, so that another takes its place");
        }
    }

    /**
     * Whether it confirms nothing though there is something to confirm. A server that died is called offline only minutes later;
     * and one of an idle stream may be an entry behind and silent, and sound.
     */
    private static boolean silent(Replica replica) {
        return !replica.isCurrent()
                && replica.getLag() > FEW_ENTRIES
                && replica.getActive().compareTo(SILENCE) > 0;
    }

    private void lookAtLimits(StreamInfo info) {
        judge(
                "nats-stream-full",
                "the stream " + info.getConfiguration().getName(),
                info.getStreamState().getByteCount(),
                info.getConfiguration().getMaxBytes(),
                "raise it (nats stream edit --max-bytes), or keep finished jobs for a shorter time (retention)");
    }

    private void lookAtAccount() {
        AccountStatistics account = new AccountStatistics(link.await(
                link.ask("$JS.API.INFO", null, new byte[0], link.settings().timeout())));
        if (account.hasError()) {
            throw new StoreException(String.valueOf(account.getError()));
        }
        judge(
                "nats-account-full",
                "the account's file storage",
                account.getStorage(),
                account.getLimits().getMaxStorage(),
                "raise the account's max_file, or keep finished jobs for a shorter time (retention)");
    }

    private void judge(String code, String what, long used, long most, String remedy) {
        if (most > 0 && used >= most * NEARLY_FULL) {
            findings.add(
                    code,
                    used >= most * ALMOST_FULL ? Severity.PROBLEM : Severity.WARNING,
                    what + " has " + mebibytes(used) + ", and at most " + mebibytes(most) + " are allowed",
                    "at the limit no job is accepted, claimed or settled; what was accepted is safe",
                    remedy);
        }
    }

    private void lookAtLeader() {
        Standing standing = leadership.call(new Call.Stand());
        MessageInfo last = link.last(link.subjects().lead());
        String leader = last == null
                ? "the leader"
                : "the leader, " + Lead.read(last.getData(), link.settings()).name() + ",";
        long wanted = standing.jobs() * patience.heapPerJob();
        if (wanted > standing.heap()) {
            findings.warning(
                    "nats-leader-heap",
                    leader + " keeps " + standing.jobs() + " jobs in a heap of at most " + mebibytes(standing.heap()),
                    "for so many it wants " + mebibytes(wanted)
                            + ": with less, every call waits for the collector, and in the end memory runs out",
                    "give processes that may lead a larger heap (-Xmx), lead=false to the others, or keep finished jobs for a"
                            + " shorter time (retention)");
        }
    }

    private static String mebibytes(long bytes) {
        return ((bytes + (1 << 19)) >> 20) + " MiB";
    }
}
