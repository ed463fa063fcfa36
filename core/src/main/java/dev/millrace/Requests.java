package dev.millrace;

import dev.millrace.internal.schedule.Schedule.Template;
import dev.millrace.internal.schedule.Tick;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.Labels;
import dev.millrace.spi.NewJob;
import java.util.ArrayList;
import java.util.List;

/** Turns requests into what a store takes, and its answers into handles. */
final class Requests {
    /** Workers read all schedules of a store again and again, so these carry less than a job may: 64 KiB. */
    private static final int MOST_SCHEDULED_BYTES = 1 << 16;

    private final Millrace millrace;

    Requests(Millrace millrace) {
        this.millrace = millrace;
    }

    /** @throws SerializationException or IllegalArgumentException when the payload cannot be stored */
    NewJob prepare(JobRequest<?> request) {
        byte[] payload = payload(request, millrace.settings().mostPayloadBytes());
        byte[] plain = plain(request, payload);
        return request.id()
                .map(id -> request.toNewJob(id, payload, plain))
                .orElseGet(() ->
                        request.toNewJob(millrace.ids().next(), payload, plain).withFreshId());
    }

    /** @throws SerializationException or IllegalArgumentException when a schedule cannot have it as its job */
    Template template(String schedule, JobRequest<?> request) {
        int most = Math.min(MOST_SCHEDULED_BYTES, millrace.settings().mostPayloadBytes());
        byte[] payload = payload(request, most);
        Template template = request.toTemplate(schedule, payload, plain(request, payload));
        Labels longest = Tick.longest(request.labels(), schedule);
        Limits.tags(longest.tags());
        Limits.meta(longest.meta());
        return template;
    }

    private byte[] payload(JobRequest<?> request, int most) {
        JobType<?, ?> type = request.type();
        byte[] payload = millrace.settings().serializer().write(request.payload(), type.payloadType());
        if (payload.length > most) {
            throw new IllegalArgumentException("the payload of this \"" + type.kind() + "\" job has " + payload.length
                    + " bytes: at most " + most
                    + " can be stored. Store the data elsewhere and put into the payload where");
        }
        return payload;
    }

    /** What the payload was before compression and encryption, if the request's unique key is made of it. */
    private byte[] plain(JobRequest<?> request, byte[] payload) {
        if (!request.uniqueByPayload()) {
            return payload;
        }
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
