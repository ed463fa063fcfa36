package dev.millrace.nats;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What the commit that is being made will hold: new bytes, and everything whose entry has to be written anew. */
final class Changes {
    private Set<Kept> touched = new LinkedHashSet<>();
    private final Set<Job> untidy = new LinkedHashSet<>();
    private Draft draft;
    private long live;
    private long count;

    Changes(Draft draft) {
        this.draft = draft;
    }

    void begin(Draft next) {
        touched = new LinkedHashSet<>(); // clearing one would cost as much as the largest commit there was
        draft = next;
    }

    /** Stores bytes in the stream. */
    Ref put(byte[] bytes) {
        count++;
        live += bytes.length;
        return draft.put(bytes);
    }

    /** Its entry will be written with this commit. */
    void touch(Kept kept) {
        count++;
        touched.add(kept);
    }

    /** It is gone, and an entry of another says so. */
    void drop(Kept kept, Kept instead) {
        discard(kept);
        touch(instead);
    }

    /** It is gone, which the entry of something else says. */
    void discard(Kept kept) {
        touched.remove(kept);
        bury(kept);
    }

    /** It is gone, and what is in the journal of it is of no use. */
    void bury(Kept kept) {
        count++;
        kept.gone = true;
        live -= kept.entrySize;
        kept.entrySize = 0;
    }

    /** Those bytes are of no use any more. */
    void forget(Iterable<Ref> refs) {
        for (Ref ref : refs) {
            live -= ref.length();
        }
    }

    /** It has many traces. */
    void untidy(Job job) {
        untidy.add(job);
    }

    /** Those that have had many traces since this was asked last. */
    List<Job> takeUntidy() {
        List<Job> taken = List.copyOf(untidy);
        untidy.clear();
        return taken;
    }

    /** How much has been changed so far; grows with every change. */
    long count() {
        return count;
    }

    /** About how many bytes the commit will have. */
    int size() {
        return draft.dataSize() + touched.size() * 150;
    }

    boolean isEmpty() {
        return touched.isEmpty();
    }

    /** About how many bytes of the stream are still of use. */
    long live() {
        return live;
    }

    /** Counts what a replay found. */
    void addLive(long bytes) {
        live += bytes;
    }

    /** Writes the entries. */
    void seal() {
        long at = draft.entriesAt();
        for (Kept kept : touched) {
            int size = draft.entry(kept);
            int ofUse = kept.gone ? 0 : size;
            live += ofUse - kept.entrySize;
            kept.placed(at, ofUse);
        }
    }
}
