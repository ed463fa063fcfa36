package dev.millrace.cli;

import dev.millrace.JobInfo;
import dev.millrace.Millrace;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.Keys.Member;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Parents by the names that people gave them: a store, which says why something was refused, knows them by their ids. */
public final class ParentNames {
    private ParentNames() {}

    /** The reason why something was refused to a job, with the name of each parent that it speaks of and that has one. */
    public static String in(String reason, UUID job, Millrace millrace) {
        String named = reason;
        for (Dependency each : millrace.store().parents(List.of(job))) {
            UUID parent = each.parent().job();
            if (reason.contains(parent.toString())) {
                String shown = name(parent, millrace)
                        .map(name -> "\"" + name + "\" (" + parent + ")")
                        .orElse(parent.toString());
                named = named.replace(parent.toString(), shown);
            }
        }
        return named;
    }

    private static Optional<String> name(UUID parent, Millrace millrace) {
        return millrace.job(parent).flatMap(JobInfo::workflow).map(Member::name);
    }
}
