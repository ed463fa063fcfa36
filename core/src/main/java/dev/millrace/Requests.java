package dev.millrace;

import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.NewJob;
import java.util.ArrayList;
import java.util.List;

/** Turns requests into what a store takes, and its answers into handles. */
final class Requests {
    private final Millrace millrace;

    Requests(Millrace millrace) {
        this.millrace = millrace;
    }

    /** @throws SerializationException or IllegalArgumentException when the payload cannot be stored */
    NewJob prepare(JobRequest<?> request) {
        JobType<?, ?> type = request.type();
        byte[] payload = millrace.settings().serializer().write(request.payload(), type.payloadType());
        int most = millrace.settings().mostPayloadBytes();
        if (payload.length > most) {
            throw new IllegalArgumentException("the payload of this \"" + type.kind() + "\" job has " + payload.length
                    + " bytes: at most " + most
                    + " can be stored. Store the data elsewhere and put into the payload where");
        }
        byte[] plain = request.uniqueByPayload() ? plain(request) : payload;
        return request.id()
                .map(id -> request.toNewJob(id, payload, plain))
                .orElseGet(() ->
                        request.toNewJob(millrace.ids().next(), payload, plain).withFreshId());
    }

    private byte[] plain(JobRequest<?> request) {
        Serializer serializer = millrace.settings().serializer();
        Serializer inner = serializer instanceof Envelope envelope ? envelope.inner() : serializer;
        return inner.write(request.payload(), request.type().payloadType());
    }

    /** @throws IllegalArgumentException when one of them cannot be stored: says which */
    List<NewJob> prepareAll(List<? extends JobRequest<?>> requests) {
        List<NewJob> jobs = new ArrayList<>(requests.size());
        for (int i = 0; i < requests.size(); i++) {
            try {
                jobs.add(prepare(requests.get(i)));
            } catch (IllegalArgumentException | SerializationException e) {
                throw new IllegalArgumentException(
                        "request " + i + " of " + requests.size() + " cannot be stored, so none was: " + e.getMessage(),
                        e);
            }
        }
        return jobs;
    }

    <R> JobHandle<R> handle(JobType<?, R> type, Answer answer) {
        Enqueued enqueued = answer instanceof Answer.Stored
                ? Enqueued.NEW
                : answer instanceof Answer.Replaced ? Enqueued.REPLACED : Enqueued.DUPLICATE;
        return new JobHandle<>(millrace, type, answer.id(), enqueued);
    }

    <R> List<JobHandle<R>> handles(List<? extends JobRequest<? extends R>> requests, List<Answer> answers) {
        List<JobHandle<R>> handles = new ArrayList<>(answers.size());
        for (int i = 0; i < answers.size(); i++) {
            @SuppressWarnings("unchecked") // a handle only gives results out
            JobHandle<R> handle = (JobHandle<R>) handle(requests.get(i).type(), answers.get(i));
            handles.add(handle);
        }
        return handles;
    }
}
