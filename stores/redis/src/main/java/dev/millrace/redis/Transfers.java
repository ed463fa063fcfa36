package dev.millrace.redis;

import dev.millrace.StoreException;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.Transfer.ExportPage;
import dev.millrace.spi.Transfer.Item;
import io.lettuce.core.Limit;
import io.lettuce.core.Range;
import io.lettuce.core.ScoredValue;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Everything out, everything in. Jobs leave partition by partition, in the order of arrival in each, then the notes. A cursor
 * is what comes next, the partition, and the last arrival or revision: "jobs:0:17".
 */
final class Transfers {
    private final Server server;
    private final Partitions partitions;
    private final Looks looks;
    private final NoteKeeper notes;
    private final Imports imports;

    Transfers(Server server, Partitions partitions, Looks looks, NoteKeeper notes, Imports imports) {
        this.server = server;
        this.partitions = partitions;
        this.looks = looks;
        this.notes = notes;
        this.imports = imports;
    }

    /** What a cursor says. */
    private record Cursor(boolean ofJobs, int partition, long after) {
        private static final Pattern FORM = Pattern.compile("(jobs|notes):(\\d{1,5}):(\\d{1,18})");

        static Cursor of(@Nullable String text, int partitions) {
            Matcher parts = FORM.matcher(text == null ? "jobs:0:0" : text);
            if (!parts.matches() || Integer.parseInt(parts.group(2)) >= partitions) {
                throw new StoreException(
                        "\"" + text + "\" is no cursor of an export of this Redis store. Nothing was read;"
                                + " go on with a cursor that an earlier page gave, or begin without one");
            }
            return new Cursor(
                    parts.group(1).equals("jobs"), Integer.parseInt(parts.group(2)), Long.parseLong(parts.group(3)));
        }
    }

    ExportPage export(@Nullable String cursor, int limit) {
        Cursor from = Cursor.of(cursor, partitions.count());
        boolean ofJobs = from.ofJobs();
        long after = from.after();
        for (int number = from.partition(); ofJobs && number < partitions.count(); number++) {
            ExportPage page = jobs(partitions.get(number), after, limit);
            if (!page.items().isEmpty()) {
                return page;
            }
            after = 0;
        }
        int first = ofJobs ? 0 : from.partition();
        for (int number = first; number < partitions.count(); number++) {
            ExportPage page = notes(partitions.get(number), number == first && !ofJobs ? after : 0, limit);
            if (!page.items().isEmpty()) {
                return page;
            }
        }
        return new ExportPage(List.of(), null);
    }

    private ExportPage jobs(Partition partition, long after, int limit) {
        Range<Number> range = Range.from(Range.Boundary.excluding(after), Range.Boundary.unbounded());
        List<ScoredValue<byte[]>> next = server.await(server.send(
                commands -> commands.zrangebyscoreWithScores(partition.key("arrivals"), range, Limit.from(limit))));
        if (next.isEmpty()) {
            return new ExportPage(List.of(), null);
        }
        Map<UUID, Looks.Found> found = new HashMap<>();
        List<UUID> ids = next.stream().map(id -> Unpack.id(id.getValue())).toList();
        looks.find(Map.of(partition, ids)).forEach(job -> found.put(job.id(), job));
        List<Looks.Found> jobs =
                ids.stream().filter(found::containsKey).map(found::get).toList();
        List<JobTrail> trails = looks.trails(jobs);
        Map<UUID, List<Dependency>> parents = looks.parentsOf(jobs);
        List<Item> items = new ArrayList<>();
        for (int i = 0; i < jobs.size(); i++) {
            Looks.Found job = jobs.get(i);
            items.add(new Item.Job(job.record(), trails.get(i), parents.getOrDefault(job.id(), List.of())));
        }
        long last = (long) next.get(next.size() - 1).getScore();
        return new ExportPage(items, "jobs:" + partition.number() + ":" + last);
    }

    private ExportPage notes(Partition partition, long after, int limit) {
        List<NoteKeeper.Kept> living = new ArrayList<>();
        for (byte[] space : server.await(server.send(commands -> commands.smembers(partition.key("spaces"))))) {
            notes.kept(partition, Unpack.utf8(space)).stream()
                    .filter(kept -> kept.note().revision() > after)
                    .forEach(living::add);
        }
        living.sort(Comparator.comparingLong(kept -> kept.note().revision()));
        List<Item> items = new ArrayList<>();
        living.stream().limit(limit).forEach(kept -> items.add(new Item.Noted(kept.note(), kept.left())));
        if (items.isEmpty()) {
            return new ExportPage(items, null);
        }
        boolean end = living.size() <= limit && partition.number() == partitions.count() - 1;
        long last = living.get(items.size() - 1).note().revision();
        return new ExportPage(items, end ? null : "notes:" + partition.number() + ":" + last);
    }

    int take(List<Item> items) {
        List<Item.Job> jobs = new ArrayList<>();
        int taken = 0;
        for (Item item : items) {
            if (item instanceof Item.Noted noted) {
                taken += notes.take(noted.note(), noted.timeToLive()) ? 1 : 0;
            } else if (item instanceof Item.Job job) {
                jobs.add(job);
            }
        }
        return taken + imports.take(jobs);
    }
}
