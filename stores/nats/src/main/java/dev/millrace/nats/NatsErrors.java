package dev.millrace.nats;

import dev.millrace.StoreException;
import dev.millrace.spi.StoreUnavailableException;
import io.nats.client.AuthenticationException;
import io.nats.client.JetStreamApiException;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** What went wrong, in the store's words. */
final class NatsErrors {
    /** JetStream's code for all that it cannot do now. */
    private static final int PASSING = 503;

    private NatsErrors() {}

    static StoreException notConnected(Settings settings, Throwable cause) {
        String said = String.valueOf(cause.getMessage());
        String lower = said.toLowerCase(Locale.ROOT);
        if (cause instanceof AuthenticationException
                || lower.contains("authorization")
                || lower.contains("authentication")) {
            return new StoreException(
                    settings.shown() + " refuses the login: give the right user and password, token= or creds= in the"
                            + " address. Nothing was read or written",
                    cause);
        }
        return new StoreUnavailableException(
                "cannot connect to " + settings.shown() + " (" + said + "): is a NATS server running there? Nothing was"
                        + " read or written",
                cause);
    }

    static StoreUnavailableException unavailable(Settings settings, String what, @Nullable Throwable cause) {
        return new StoreUnavailableException(
                settings.shown() + " did not answer (" + what
                        + "): whether the call took effect is not known, and it is"
                        + " safe to repeat it once the server is back",
                cause);
    }

    static StoreUnavailableException notDone(Settings settings, String what, @Nullable Throwable cause) {
        return new StoreUnavailableException(
                settings.shown() + " is out of reach (" + what + "): nothing was changed; repeat the call once the"
                        + " server is back",
                cause);
    }

    /** What JetStream said no to; what passes once a server or a quorum is back is unavailable. */
    static StoreException refused(Settings settings, int code, int apiCode, String said) {
        if (code == PASSING) {
            return unavailable(settings, said, null);
        }
        if (apiCode == Layout.NO_STREAM) {
            return new StoreException("the stream \"" + settings.stream() + "\" at " + settings.shown()
                    + " is gone, and the jobs with it: someone deleted it, or the server came back without its data. Restore"
                    + " the server's data, or open the store anew to begin with an empty stream");
        }
        return new StoreException("JetStream at " + settings.shown() + " refused (" + said
                + "): look at the server's log, and at the stream \"" + settings.stream() + "\"");
    }

    static RuntimeException of(Settings settings, @Nullable Throwable error) {
        Throwable e = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        if (e instanceof StoreUnavailableException) {
            return new StoreUnavailableException(String.valueOf(e.getMessage()), e);
        }
        if (e instanceof StoreException) {
            return new StoreException(String.valueOf(e.getMessage()), e);
        }
        if (e instanceof IllegalArgumentException) {
            return new IllegalArgumentException(e.getMessage(), e);
        }
        if (e instanceof AskFailed failed) {
            return failed.why == AskFailed.Why.NOBODY
                    ? notDone(settings, String.valueOf(failed.getMessage()), failed)
                    : unavailable(settings, String.valueOf(failed.getMessage()), failed);
        }
        if (e instanceof JetStreamApiException api) {
            // Storage full, no quorum, too many requests: all of them pass once someone acts.
            return unavailable(settings, api.getErrorDescription(), api);
        }
        if (e instanceof RuntimeException other) {
            return other;
        }
        return unavailable(settings, String.valueOf(e), e);
    }
}
