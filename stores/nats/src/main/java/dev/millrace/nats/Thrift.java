package dev.millrace.nats;

import java.time.Duration;

/**
 * When the stream is cleaned, and in how small steps.
 *
 * @param floor a stream of fewer bytes is left alone
 * @param look how many jobs are looked at before others have their turn: about a millisecond's work
 * @param slice how many things are written again with one commit
 * @param bytes how many bytes with one commit, about
 * @param grace how long the old end stays when nothing of use is there: whoever was told of it before has read it by then
 */
record Thrift(long floor, int look, int slice, int bytes, Duration grace) {
    static Thrift of(Settings settings) {
        return new Thrift(64L << 20, 2_000, 500, 1 << 20, settings.timeout());
    }

    /**
     * Whether cleaning is worth it: when more than half of the stream is of no use.
     *
     * @param bytes of the stream
     * @param live bytes of it that are of use
     */
    boolean pays(long bytes, long live) {
        return bytes > Math.max(floor, 2 * live);
    }
}
