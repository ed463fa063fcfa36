package dev.millrace.redis;

import java.time.Duration;

/**
 * From where on an examination finds something.
 *
 * @param lag how long a replica may be silent
 * @param behind bytes that a replica may lack
 * @param slow how long a script may take
 * @param key bytes that what is kept of one job may have
 */
record Patience(Duration lag, long behind, Duration slow, long key) {
    static final Patience USUAL = new Patience(Duration.ofSeconds(10), 64L << 20, Duration.ofMillis(50), 512L << 10);
}
