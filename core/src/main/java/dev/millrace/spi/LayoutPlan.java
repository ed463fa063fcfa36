package dev.millrace.spi;

/**
 * The layout of what is stored, as it was found, and what opening the store would do to it.
 *
 * @param present the version that is there; 0 where there is no store yet
 * @param current the version that this library writes
 * @param script what {@link StoreProvider#open} would do to come from one to the other, in the engine's own language where it
 *     has one (SQL), so that somebody else can do it beforehand; empty when there is nothing to do
 */
public record LayoutPlan(int present, int current, String script) {}
