package dev.millrace.cli.demo;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/**
 * The files under a folder, in order of their paths.
 *
 * @param files what was found
 * @param bytes their size in all
 * @param more whether there are more than were wanted
 */
record FileTree(List<Path> files, long bytes, boolean more) {
    /** What tools keep for themselves, and change meanwhile. */
    private static final Set<String> SKIPPED = Set.of(".git", "target", "node_modules");

    static FileTree of(Path folder, int most) throws IOException {
        List<Path> files = new ArrayList<>();
        long[] bytes = {0};
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
                Path name = dir.getFileName();
                boolean skip = !dir.equals(folder) && name != null && SKIPPED.contains(name.toString());
                return skip ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (attributes.isRegularFile() && Files.isReadable(file) && !isDatabase(file)) {
                    if (files.size() == most) {
                        return FileVisitResult.TERMINATE;
                    }
                    files.add(file);
                    bytes[0] += attributes.size();
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException error) {
                return FileVisitResult.CONTINUE; // not ours to read
            }
        });
        Collections.sort(files);
        return new FileTree(List.copyOf(files), bytes[0], files.size() == most);
    }

    /** An open database changes; and reading it with Java's own I/O would drop SQLite's locks on it. */
    private static boolean isDatabase(Path file) {
        return file.getFileName().toString().matches(".*\\.(db|sqlite3?)(-wal|-shm|-journal)?");
    }
}
