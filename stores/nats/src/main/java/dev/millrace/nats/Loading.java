package dev.millrace.nats;

import dev.millrace.StoreException;

/** Takes what a replay reads into a desk's books. */
final class Loading implements Replay.Reader {
    private final Desk desk;
    private final Runnable step;

    /** @param step what to do for each entry */
    Loading(Desk desk, Runnable step) {
        this.desk = desk;
        this.step = step;
    }

    @Override
    public void entry(long at, int size, In entry) {
        step.run();
        int sort = entry.one();
        switch (sort) {
            case JobEntry.SORT -> {
                Job job = placed(JobEntry.read(entry, desk.ledger()), at, size);
                desk.ledger().load(job);
            }
            case Tombstone.SORT -> desk.ledger().load(placed(new Tombstone(entry.uuid(), entry.number()), at, size));
            case Session.SORT -> desk.ledger().load(placed(Session.read(entry), at, size));
            case NoteKept.SORT -> desk.notes().load(placed(NoteKept.read(entry), at, size));
            case Tie.SORT -> desk.ledger().flow().ties().load(placed(Tie.read(entry), at, size));
            case Untold.SORT -> desk.ledger().flow().outbox().load(placed(Untold.read(entry), at, size));
            case Bucket.SORT -> desk.ledger().flow().limits().load(placed(Bucket.read(entry), at, size));
            default ->
                throw new StoreException("the journal holds an entry of the unknown sort " + sort
                        + ": a newer version wrote it; use that one. Nothing was changed");
        }
    }

    private static <K extends Kept> K placed(K kept, long at, int size) {
        kept.entryAt = at;
        kept.entrySize = size;
        return kept;
    }

    @Override
    public void revisions(long seen) {
        desk.notes().loadRevisions(seen);
    }
}
