package dev.millrace.redis;

import dev.millrace.StoreException;
import dev.millrace.spi.StoreUnavailableException;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.cluster.PartitionSelectorException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/** Says what an error of Redis means for the data and what to do about it. */
final class RedisErrors {
    private static final String UNKNOWN = "Whether the last change took effect is not known; repeating it is safe.";

    /** Answers that a repeat may mend, by how they begin, and what they mean. */
    private static final Map<String, String> PASSING = Map.ofEntries(
            Map.entry(
                    "LOADING", "is loading its data after a start. Nothing was changed; it answers once that is done"),
            Map.entry(
                    "READONLY",
                    "is a replica now, so it takes no writes. Nothing was changed; after a failover the new master is"
                            + " found by Sentinel or Cluster addresses, while a plain redis:// address must be changed"),
            Map.entry(
                    "MASTERDOWN",
                    "is a replica that has lost its master. Nothing was changed; wait for the failover, or start the"
                            + " master"),
            Map.entry(
                    "CLUSTERDOWN",
                    "is a Cluster that does not serve all slots now. Nothing was changed; wait for the failover, or mend"
                            + " the failed nodes"),
            Map.entry("TRYAGAIN", "is moving these keys between nodes. Nothing was changed"),
            Map.entry("MOVED", "has just moved these keys to another node. Nothing was changed"),
            Map.entry("ASK", "is moving these keys to another node. Nothing was changed"),
            Map.entry(
                    "NOREPLICAS",
                    "has fewer replicas in reach than its min-replicas-to-write asks for. Nothing was changed; bring the"
                            + " replicas back"),
            Map.entry(
                    "OOM",
                    "has reached its maxmemory. Nothing was changed, and all that was accepted before is safe. Give it"
                            + " more memory (CONFIG SET maxmemory), or keep finished jobs for a shorter time"),
            Map.entry(
                    "MISCONF",
                    "cannot write to its disk and refuses changes. Nothing was changed; see its log, and make room"),
            Map.entry("BUSY", "is busy with a script that has run for long. Nothing was changed"),
            Map.entry("UNKILLABLE", "is busy with a script that has run for long. Nothing was changed"));

    /** Answers that nothing but a person mends. */
    private static final Map<String, String> LASTING = Map.of(
            "NOAUTH",
            "wants a password. Write it into the address: redis://user:password@host:port",
            "WRONGPASS",
            "does not know this user and password. Check them in the address; odd characters must be percent-encoded",
            "NOPERM",
            "does not allow this user what the store needs: give it ~{prefix:* keys, &prefix:* channels and the"
                    + " commands +@all -@dangerous +info +config|get",
            "ERR AUTH",
            "takes no password, or no user names. Check both in the address",
            "WRONGTYPE",
            "holds something else under one of the store's keys. Give another prefix= in the address",
            "ERR DB index",
            "has no database of this number. Check the number behind the slash in the address");

    private final String where;

    RedisErrors(Settings settings) {
        where = settings.where();
    }

    StoreException of(Throwable failure) {
        Throwable cause = root(failure);
        if (cause instanceof StoreException known) {
            return known;
        }
        if (cause instanceof RedisCommandTimeoutException || cause instanceof TimeoutException) {
            return passing("did not answer in time. " + UNKNOWN + " The connection is made anew", cause);
        }
        if (cause instanceof InterruptedException) {
            return passing("was not waited for: the thread was interrupted. " + UNKNOWN, cause);
        }
        for (Throwable link : chain(cause)) {
            String message = String.valueOf(link.getMessage());
            for (Map.Entry<String, String> entry : LASTING.entrySet()) {
                if (message.startsWith(entry.getKey())) {
                    return lasting(entry.getValue(), link);
                }
            }
            for (Map.Entry<String, String> entry : PASSING.entrySet()) {
                if (message.startsWith(entry.getKey()) || message.contains("-" + entry.getKey() + " ")) {
                    return passing(entry.getValue(), link);
                }
            }
        }
        if (cause instanceof RedisCommandExecutionException) {
            return lasting(
                    "did not do what was asked. This is an error of this library or of a proxy before Redis; the jobs"
                            + " are as they were, up to the point of the error",
                    cause);
        }
        return passing(
                "cannot be reached, or the connection was lost. " + UNKNOWN
                        + " Check that it runs and that its address and port are right; work goes on by itself once it"
                        + " answers",
                cause);
    }

    /** Whether the client refused the command, since it has no connection to the node yet, or none any more. */
    static boolean refused(Throwable failure) {
        return String.valueOf(root(failure).getMessage()).startsWith("Currently not connected");
    }

    /** Whether it is sure that the command of this failure was not carried out. */
    static boolean untouched(Throwable failure) {
        for (Throwable link : chain(failure)) {
            String message = String.valueOf(link.getMessage());
            if (link instanceof RedisConnectionException
                    || link instanceof PartitionSelectorException
                    || message.startsWith("Currently not connected")
                    || PASSING.keySet().stream().anyMatch(message::startsWith)) {
                return true;
            }
        }
        return false;
    }

    StoreException lasting(String what) {
        return new StoreException(subject(what));
    }

    StoreUnavailableException passing(String what) {
        return new StoreUnavailableException(subject(what), null);
    }

    private StoreException lasting(String what, Throwable cause) {
        return new StoreException(subject(what) + detail(cause), cause);
    }

    private StoreUnavailableException passing(String what, Throwable cause) {
        return new StoreUnavailableException(subject(what) + detail(cause), cause);
    }

    private String subject(String what) {
        return "Redis at " + where + " " + what;
    }

    private static String detail(Throwable cause) {
        String message = cause.getMessage();
        return " (" + (message == null ? cause.getClass().getSimpleName() : message) + ")";
    }

    static Throwable root(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private static List<Throwable> chain(Throwable failure) {
        List<Throwable> chain = new java.util.ArrayList<>();
        for (Throwable link = failure; link != null && chain.size() < 10; link = link.getCause()) {
            chain.add(link);
        }
        return chain;
    }
}
