package dev.millrace.sqlite;

import dev.millrace.spi.Finding.Severity;
import dev.millrace.spi.Findings;

/** Judges whether a disk has room for what a file may need next. */
final class DiskSpace {
    private static final long LITTLE = 1L << 30;
    private static final long NOTHING = 64L << 20;

    private DiskSpace() {}

    /** In bytes: what may still be used of the disk, its size, and the size of the file. */
    static void judge(long usable, long total, long file, Findings findings) {
        if (usable < LITTLE && usable < total / 5) {
            findings.add(
                    "sqlite-disk",
                    usable < NOTHING ? Severity.PROBLEM : Severity.WARNING,
                    Doctor.mebibytes(usable) + " of the disk's " + Doctor.mebibytes(total) + " are left",
                    "when the disk is full, no job is stored, claimed or settled; what was accepted is safe",
                    "make room on that disk, or move the file to a larger one (its workers stopped)");
        } else if (usable < file) {
            findings.note(
                    "sqlite-disk",
                    Doctor.mebibytes(usable) + " are left on the disk, less than the file's " + Doctor.mebibytes(file),
                    "giving space back (optimize) needs room for a second copy of the file",
                    "make room on that disk before the file grows further");
        }
    }
}
