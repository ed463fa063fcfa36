package dev.millrace.spi;

import java.util.Set;

/** How the engine finds a store: found by {@link java.util.ServiceLoader}, chosen by an address's scheme. */
public interface StoreProvider {

    /** The schemes it opens: "sqlite". */
    Set<String> schemes();

    /** The parameters that its addresses may have; any other is refused before {@link #open} is called. */
    Set<String> parameters();

    /**
     * Opens the store, creating or migrating its layout.
     *
     * @throws dev.millrace.StoreException if it cannot be opened: says why, and what to do
     */
    Store open(StoreConfig config);

    /**
     * Looks at the layout of what is stored, and says what {@link #open} would do to it. Creates and changes nothing.
     *
     * @throws dev.millrace.StoreException if it cannot be read, or {@link #open} would refuse it: says why, and what to do
     */
    LayoutPlan layout(StoreConfig config);
}
