package dev.millrace.internal;

import dev.millrace.spi.Store;
import dev.millrace.spi.Transactions;

/** A store's part for transactions of the application, or an explanation why it has none. */
public final class Joining {
    private Joining() {}

    /**
     * The store as one that takes part in transactions.
     *
     * @throws UnsupportedOperationException when the store cannot join transactions: says which can */
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
