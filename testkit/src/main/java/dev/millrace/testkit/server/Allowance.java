package dev.millrace.testkit.server;

/** How many chunks may still go through. Used by the proxy's own thread alone. */
final class Allowance {
    private static final int ANY = -1;

    private int left = ANY;

    void unlimited() {
        left = ANY;
    }

    void limit(int chunks) {
        left = chunks;
    }

    boolean spent() {
        return left == 0;
    }

    void spend() {
        if (left > 0) {
            left--;
        }
    }
}
