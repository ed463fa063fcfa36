package dev.millrace.sqlite;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of a worker's death at once, on one machine: each session holds an operating-system lock on a file of its own beside
 * the database, {@code jobs.db-sessions/<session>.lock}, and the system lets go of it when the process dies, however it dies.
 * Whoever can take the lock of another process's session knows that it is dead.
 *
 * <p>This only makes rescue faster. Where a lock cannot be had or its file is missing, the lease decides as ever.
 *
 * <p>A process never opens the lock file of a session of its own a second time: closing any descriptor of a file drops all of
 * the process's locks on it.
 */
final class SessionLocks implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SessionLocks.class);
    private static final String SUFFIX = ".lock";
    /** Lock files of this process's sessions, whatever store object opened them. */
    private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

    private static final int TRIES = 10;

    private final Path folder;
    private final Map<UUID, FileChannel> held = new HashMap<>();
    private boolean closed;

    SessionLocks(Path database) {
        this.folder = Path.of(database + "-sessions");
    }

    /** Takes the session's lock; to be called before others can see the session. */
    synchronized void take(UUID session) {
        Path file = file(session);
        if (closed || !OWN.add(file)) {
            return;
        }
        try {
            Files.createDirectories(folder);
            for (int i = 0; i < TRIES; i++) {
                FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                channel.lock();
                if (Files.exists(file)) {
                    held.put(session, channel);
                    return;
                }
                // Another process's sweep met the file before it was locked, and deleted it.
                channel.close();
            }
        } catch (IOException | RuntimeException e) {
            LOG.debug(
                    "session {} has no lock; should its process die, its jobs are rescued after the lease: {}",
                    session,
                    e);
        }
        OWN.remove(file);
    }

    /** Lets go of the session's lock. */
    synchronized void release(UUID session) {
        FileChannel channel = held.remove(session);
        if (channel != null) {
            discard(file(session), channel);
            OWN.remove(file(session));
        }
    }

    /**
     * Finds sessions whose processes are dead.
     *
     * @return the findings, with their locks held, so that no one takes the files for living sessions' before the sessions
     *     are closed in the store; to be closed then
     */
    synchronized Findings dead() {
        Map<UUID, FileChannel> found = new HashMap<>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
                for (Path file : files) {
                    UUID session = session(file);
                    if (session != null && OWN.add(file)) {
                        FileChannel channel = tryLock(file);
                        if (channel == null) {
                            OWN.remove(file);
                        } else {
                            found.put(session, channel);
                        }
                    }
                }
            } catch (IOException | RuntimeException e) {
                LOG.debug(
                        "session locks cannot be looked at; dead workers' jobs are rescued after the lease: {}",
                        e.toString());
            }
        }
        return new Findings(found);
    }

    /** Lets go of all locks; the sessions may live on elsewhere, so others are not to take them for dead. */
    @Override
    public synchronized void close() {
        closed = true;
        for (UUID session : List.copyOf(held.keySet())) {
            release(session);
        }
    }

    private static @Nullable FileChannel tryLock(Path file) throws IOException {
        FileChannel channel;
        try {
            channel = FileChannel.open(file, StandardOpenOption.WRITE);
        } catch (NoSuchFileException e) {
            return null;
        }
        FileLock lock = null;
        try {
            lock = channel.tryLock();
        } finally {
            if (lock == null) {
                channel.close();
            }
        }
        return lock == null ? null : channel;
    }

    private static void discard(Path file, FileChannel channel) {
        try {
            Files.deleteIfExists(file);
            channel.close();
        } catch (IOException e) {
            LOG.debug("lock file {} stays behind, which does no harm: {}", file, e.toString());
        }
    }

    private Path file(UUID session) {
        return folder.resolve(session + SUFFIX);
    }

    private static @Nullable UUID session(Path file) {
        String name = file.getFileName().toString();
        try {
            return UUID.fromString(name.substring(0, name.length() - SUFFIX.length()));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Dead sessions and their locks. */
    final class Findings implements AutoCloseable {
        private final Map<UUID, FileChannel> found;

        private Findings(Map<UUID, FileChannel> found) {
            this.found = found;
        }

        List<UUID> sessions() {
            return new ArrayList<>(found.keySet());
        }

        @Override
        public void close() {
            found.forEach((session, channel) -> {
                discard(file(session), channel);
                OWN.remove(file(session));
            });
        }
    }
}
