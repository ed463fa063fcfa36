package dev.millrace.internal;

import dev.millrace.spi.Store;
import dev.millrace.spi.Transactions;

/** A store's part for transactions of the application, or an explanation why it has none. */
public final class Joining {
    private Joining() {}

    /**
     * The part of this store.
     *
     * @throws UnsupportedOperationException when it has none: says which stores have
     */
    public static Transactions of(Store store) {
        return store.transactions()
                .orElseThrow(
                        () -> new UnsupportedOperationException(
                                "the store "
                                        + store.info().address()
                                        + " is no SQL database, so jobs cannot take part in a transaction of the application; nothing was changed."
                                        + " SQLite (sqlite:…) and PostgreSQL (postgresql://…) stores can, in the database of the application"));
    }
}
