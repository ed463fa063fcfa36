package dev.millrace.spi;

import dev.millrace.spi.Finding.Severity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Gathers what an examination finds, look by look. A look that fails is a finding of its own and keeps no other from being
 * taken; once the time is over, no further one is taken. Not for several threads at once.
 */
public final class Findings {
    /** Of one sort: whoever has a thousand unknown kinds need not read them all. */
    private static final int MOST_OF_A_SORT = 10;

    private final long began = System.nanoTime();
    private final Duration most;
    private final List<String> looked = new ArrayList<>();
    private final Map<String, List<Finding>> found = new LinkedHashMap<>();

    /** @param most how long to go on; each look has to bound itself */
    public Findings(Duration most) {
        this.most = most;
    }

    /** One look at something. */
    @FunctionalInterface
    public interface Look {
        /** Looks, and adds what it finds. */
        void look() throws Exception;
    }

    /**
     * Takes a look.
     *
     * @param at what is looked at, in a few words
     */
    public void look(String at, Look look) {
        looked.add(at);
        if (System.nanoTime() - began > most.toNanos()) {
            unread(at, "the examination had taken " + most.toSeconds() + " s by then");
            return;
        }
        try {
            look.look();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            unread(at, "the thread was interrupted");
        } catch (Exception e) {
            unread(at, e.getMessage() == null ? e.toString() : e.getMessage());
        }
    }

    /**
     * Adds that something could not be read.
     *
     * @param at what, in a few words
     * @param because why not
     */
    public void unread(String at, String because) {
        note(
                "unread",
                "could not look at " + at + ": " + because,
                "what is wrong there, if anything, is not known",
                "give the store's user the right to read it, or look there yourself");
    }

    /** Adds something that is good to know. */
    public void note(String code, String what, String why, String remedy) {
        add(code, Severity.NOTE, what, why, remedy);
    }

    /** Adds something that hurts, or will soon. */
    public void warning(String code, String what, String why, String remedy) {
        add(code, Severity.WARNING, what, why, remedy);
    }

    /** Adds something by which jobs are not run, or may be lost. */
    public void problem(String code, String what, String why, String remedy) {
        add(code, Severity.PROBLEM, what, why, remedy);
    }

    /** Adds something. */
    public void add(String code, Severity severity, String what, String why, String remedy) {
        found.computeIfAbsent(code, any -> new ArrayList<>()).add(new Finding(code, severity, what, why, remedy));
    }

    /** All of it; of many of one sort the worst, and how many there are. */
    public Examination examination() {
        List<Finding> all = new ArrayList<>();
        found.forEach((code, ofSort) -> {
            List<Finding> worstFirst = new Examination(List.of(), ofSort).findings();
            all.addAll(worstFirst.subList(0, Math.min(MOST_OF_A_SORT, worstFirst.size())));
            if (worstFirst.size() > MOST_OF_A_SORT) {
                Finding next = worstFirst.get(MOST_OF_A_SORT);
                String more = "and " + (worstFirst.size() - MOST_OF_A_SORT) + " more like these";
                all.add(new Finding(code, next.severity(), more, next.why(), next.remedy()));
            }
        });
        return new Examination(looked, all);
    }
}
