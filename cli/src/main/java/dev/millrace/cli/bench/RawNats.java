package dev.millrace.cli.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamOptions;
import io.nats.client.PublishOptions;
import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.PublishAck;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * JetStream by plain publishes on one connection: each job is the last message of its subject, replaced by compare-and-set on the
 * subject's sequence when it is claimed and when it is settled. Which job is next is remembered here, which costs nothing.
 */
final class RawNats implements RawQueue {
    private static final byte[] RUNNING = "{\"state\":\"running\",\"token\":1,\"session\":1}".getBytes(US_ASCII);
    private static final byte[] DONE = "{\"state\":\"done\",\"token\":1}".getBytes(US_ASCII);

    private final Connection connection;
    private final JetStream jetStream;
    private final String stream;
    private final Deque<Job> ready = new ArrayDeque<>();

    /** A job, and the sequence of its last message. */
    private record Job(String subject, long sequence) {}

    RawNats(Connection connection, String stream, int replicas) throws Exception {
        this.connection = connection;
        this.stream = stream;
        connection
                .jetStreamManagement()
                .addStream(StreamConfiguration.builder()
                        .name(stream)
                        .subjects(stream + ".>")
                        .storageType(StorageType.File)
                        .discardPolicy(DiscardPolicy.New)
                        .maxMessagesPerSubject(1)
                        .replicas(replicas)
                        .build());
        this.jetStream = connection.jetStream(
                JetStreamOptions.builder().publishNoAck(false).build());
    }

    @Override
    public void insert(int batch, int jobs) throws Exception {
        for (int from = 0; from < jobs; from += batch) {
            List<String> subjects = new ArrayList<>();
            List<CompletableFuture<PublishAck>> sent = new ArrayList<>();
            for (int i = from; i < Math.min(jobs, from + batch); i++) {
                String subject = stream + "." + RawQueue.id();
                subjects.add(subject);
                sent.add(publish(subject, 0, RawQueue.payload(i)));
            }
            for (int i = 0; i < sent.size(); i++) {
                ready.add(new Job(subjects.get(i), sent.get(i).get().getSeqno()));
            }
        }
    }

    @Override
    public int process() throws Exception {
        int done = 0;
        List<Job> held = List.of();
        do {
            List<CompletableFuture<PublishAck>> settled = new ArrayList<>();
            for (Job job : held) {
                settled.add(publish(job.subject(), job.sequence(), DONE));
            }
            List<Job> next = new ArrayList<>();
            List<CompletableFuture<PublishAck>> claimed = new ArrayList<>();
            for (int i = 0; i < BATCH && !ready.isEmpty(); i++) {
                Job job = ready.remove();
                next.add(job);
                claimed.add(publish(job.subject(), job.sequence(), RUNNING));
            }
            for (CompletableFuture<PublishAck> each : settled) {
                each.get();
            }
            done += held.size();
            held = new ArrayList<>();
            for (int i = 0; i < next.size(); i++) {
                held.add(new Job(next.get(i).subject(), claimed.get(i).get().getSeqno()));
            }
        } while (!held.isEmpty());
        return done;
    }

    private CompletableFuture<PublishAck> publish(String subject, long expected, byte[] body) throws IOException {
        PublishOptions options = PublishOptions.builder()
                .expectedStream(stream)
                .expectedLastSubjectSequence(expected)
                .build();
        return jetStream.publishAsync(subject, body, options);
    }

    @Override
    public void close() throws IOException {
        try {
            connection.jetStreamManagement().deleteStream(stream);
        } catch (JetStreamApiException e) {
            throw new IOException("the bench's stream " + stream + " could not be deleted: delete it by hand", e);
        } finally {
            NatsEngine.close(connection);
        }
    }
}
