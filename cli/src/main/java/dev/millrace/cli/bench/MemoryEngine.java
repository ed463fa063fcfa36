package dev.millrace.cli.bench;

import dev.millrace.Millrace;
import org.jspecify.annotations.Nullable;

/** The memory store. */
final class MemoryEngine implements Engine {
    @Override
    public String name() {
        return "memory";
    }

    @Override
    public boolean inMemory() {
        return true;
    }

    @Override
    public Site open() {
        return new Site("memory:", Millrace.open("memory:"), () -> {});
    }

    @Override
    public @Nullable RawQueue raw() {
        return null;
    }
}
