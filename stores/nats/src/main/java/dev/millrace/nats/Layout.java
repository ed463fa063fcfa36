package dev.millrace.nats;

import dev.millrace.StoreException;
import dev.millrace.spi.LayoutPlan;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.ServerInfo;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The stream: made when there is none, and read back, since a server may leave out what it does not know. */
final class Layout {
    static final int NO_STREAM = 10059;
    private static final int NO_META_LEADER = 10008;
    private static final int STREAM_OFFLINE = 10118;
    private static final int NO_JETSTREAM = 503;

    private Layout() {}

    /** Makes sure that the stream is there and is as it must be; says how many replicas it has. */
    static int ensure(Link link) {
        return with(link, streams -> {
            StreamInfo info = find(streams, link.settings());
            if (info == null) {
                streams.addStream(wanted(link));
                info = streams.getStreamInfo(link.settings().stream());
            }
            StreamConfiguration found = info.getConfiguration();
            check(link.settings(), wanted(link), found);
            link.madeAt(info.getCreateTime().toInstant());
            return found.getReplicas();
        });
    }

    /** The stream that {@link #ensure} would make, as a configuration for {@code nats stream add --config}. */
    static LayoutPlan plan(Link link) {
        return with(link, streams -> {
            StreamInfo info = find(streams, link.settings());
            if (info == null) {
                return new LayoutPlan(0, Draft.VERSION, wanted(link).toJson() + "\n");
            }
            check(link.settings(), wanted(link), info.getConfiguration());
            return new LayoutPlan(present(link), Draft.VERSION, "");
        });
    }

    /** The layout by which the stream was written last: its first leader of a newer one begins that, and nothing is rewritten. */
    private static int present(Link link) {
        MessageInfo last = link.last(link.subjects().lead());
        return last == null ? Draft.VERSION : new In(last.getData()).one();
    }

    /** Something that is asked of JetStream. */
    @FunctionalInterface
    private interface Asked<T> {
        T of(JetStreamManagement streams) throws IOException, JetStreamApiException;
    }

    private static <T> T with(Link link, Asked<T> asked) {
        Settings settings = link.settings();
        ServerInfo server = link.connection().getServerInfo();
        if (server.isOlderThanVersion("2.9.0")) {
            throw new StoreException(settings.shown() + " is a NATS server " + server.getVersion()
                    + ": 2.9 or newer is needed. Nothing was read or written");
        }
        try {
            return asked.of(link.connection().jetStreamManagement());
        } catch (JetStreamApiException e) {
            throw refused(settings, e);
        } catch (IOException e) {
            throw new StoreException(
                    "JetStream does not answer at " + settings.shown() + ": start the server with JetStream (-js, or"
                            + " jetstream {} in its configuration), and allow this login to use it. Nothing was written",
                    e);
        }
    }

    private static @Nullable StreamInfo find(JetStreamManagement streams, Settings settings)
            throws IOException, JetStreamApiException {
        try {
            return streams.getStreamInfo(settings.stream());
        } catch (JetStreamApiException e) {
            if (e.getApiErrorCode() == NO_STREAM) {
                return null;
            }
            throw e;
        }
    }

    private static StreamConfiguration wanted(Link link) {
        return StreamConfiguration.builder()
                .name(link.settings().stream())
                .description("Millrace jobs. Do not write here, and do not delete messages")
                .subjects(link.subjects().kept())
                .storageType(StorageType.File)
                .retentionPolicy(RetentionPolicy.Limits)
                .discardPolicy(DiscardPolicy.New)
                .replicas(link.settings().replicas())
                .duplicateWindow(Duration.ofSeconds(1))
                .build();
    }

    /** Refuses a stream that would lose or refuse what it must keep. */
    private static void check(Settings settings, StreamConfiguration wanted, StreamConfiguration found) {
        List<String> wrong = new ArrayList<>();
        differs(wrong, "subjects", new HashSet<>(wanted.getSubjects()), new HashSet<>(found.getSubjects()));
        differs(wrong, "storage", wanted.getStorageType(), found.getStorageType());
        differs(wrong, "retention", wanted.getRetentionPolicy(), found.getRetentionPolicy());
        differs(wrong, "discard", wanted.getDiscardPolicy(), found.getDiscardPolicy());
        differs(wrong, "max_msgs", -1L, found.getMaxMsgs());
        differs(wrong, "max_msgs_per_subject", -1L, found.getMaxMsgsPerSubject());
        differs(wrong, "max_age", Duration.ZERO, found.getMaxAge());
        differs(wrong, "max_msg_size", -1L, (long) found.getMaximumMessageSize());
        differs(wrong, "no_ack", false, found.getNoAck());
        differs(wrong, "deny_purge", false, found.getDenyPurge());
        differs(wrong, "sealed", false, found.getSealed());
        differs(wrong, "num_replicas", wanted.getReplicas(), found.getReplicas());
        if (found.getMirror() != null || !found.getSources().isEmpty()) {
            wrong.add("it copies another stream");
        }
        if (!wrong.isEmpty()) {
            throw new StoreException("the stream \"" + settings.stream() + "\" at " + settings.shown()
                    + " is not as this store needs it: " + String.join("; ", wrong)
                    + ". Either the address means another stream (stream=, replicas=), or someone changed it, or the"
                    + " server does not know a setting: mend it with \"nats stream edit\". Nothing was written");
        }
    }

    private static void differs(List<String> wrong, String what, Object wanted, Object found) {
        if (!wanted.equals(found)) {
            wrong.add(what + " is " + found + ", not " + wanted);
        }
    }

    private static StoreException refused(Settings settings, JetStreamApiException e) {
        if (e.getApiErrorCode() == NO_META_LEADER || e.getApiErrorCode() == STREAM_OFFLINE) {
            return NatsErrors.notDone(settings, e.getErrorDescription(), e);
        }
        if (e.getErrorCode() == NO_JETSTREAM) {
            return new StoreException(
                    "JetStream at " + settings.shown() + " cannot serve the stream \"" + settings.stream() + "\" ("
                            + e.getErrorDescription()
                            + "): switch JetStream on for the server and this account, and see"
                            + " that enough of its servers are up. Nothing was written",
                    e);
        }
        return new StoreException(
                "JetStream at " + settings.shown() + " will not have the stream \"" + settings.stream()
                        + "\" with replicas="
                        + settings.replicas() + " (" + e.getErrorDescription()
                        + "): a cluster needs as many servers as replicas, and the account enough storage and the right to"
                        + " make streams. Nothing was written",
                e);
    }
}
