package dev.millrace.nats;

import dev.millrace.spi.Retention;

/**
 * A call as another instance sends it.
 *
 * @param call what is asked
 * @param retention how long the one who asks keeps what ends by its call
 */
record Asking(Call<?> call, Retention retention) {}
