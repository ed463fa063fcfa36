package dev.millrace.cli;

import dev.millrace.Millrace;
import dev.millrace.spi.StoreAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The store that a command means.
 *
 * @param address its address, as given
 */
public record StoreChoice(String address) {
    /** Where jobs live when nobody says otherwise. */
    static final String DEFAULT = "sqlite:millrace.db";

    static StoreChoice of(@Nullable String option, Map<String, String> environment) {
        String fromEnvironment = environment.getOrDefault("MILLRACE_STORE", "");
        return new StoreChoice(option != null ? option : fromEnvironment.isBlank() ? DEFAULT : fromEnvironment);
    }

    /** Opens it, and makes it if it is not there. */
    public Millrace open() {
        return Millrace.open(address);
    }

    /** Opens it to change what is in it: a store that is not there is an error, not made. */
    Millrace openExisting() {
        refuseMissing(StoreAddress.parse(address));
        return Millrace.open(address);
    }

    /** Opens it to look only; where the engine can, so that nothing could be changed. */
    public Millrace openToLook() {
        StoreAddress parsed = StoreAddress.parse(address);
        refuseMissing(parsed);
        if (!parsed.scheme().equals("sqlite") || parsed.parameter("mode").isPresent()) {
            return Millrace.open(address);
        }
        return Millrace.open(address + (address.contains("?") ? "&" : "?") + "mode=ro");
    }

    /**
     * For commands whose work would be gone with this process.
     *
     * @throws IllegalArgumentException when the store lives in memory
     */
    void refuseMemory() {
        if (StoreAddress.parse(address).scheme().equals("memory")) {
            throw new IllegalArgumentException(
                    "a memory: store ends with the command, and its jobs with it: use a file, as in"
                            + " --store sqlite:jobs.db");
        }
    }

    /** How the store is named in what we print: never with a password. */
    public String shown() {
        return StoreAddress.parse(address).shown();
    }

    private void refuseMissing(StoreAddress parsed) {
        if (!parsed.scheme().equals("sqlite")) {
            return;
        }
        String location = parsed.location();
        String path = location.startsWith("//") ? location.substring(2) : location;
        if (!path.isEmpty() && Files.notExists(Path.of(path))) {
            throw new Refusal("there is no store at " + path
                    + ": enqueueing a job makes one (millrace enqueue KIND PAYLOAD), or name another with --store");
        }
    }
}
