package dev.millrace.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/**
 * The scripts, each with what it is put together from: Redis has no way to load one from another. Every call defines all functions of
 * its script anew, and each of them searches the variables around it for those that it uses, unless the function around it has them
 * already. So what comes behind keys.lua is a function, and what comes behind base.lua is one in that; a function has room for 60.
 */
enum Script {
    ENQUEUE(Parts.MOVES, "conflict"),
    HELD(Parts.MOVES, "conflict"),
    EXCHANGE(Parts.MOVES, "trail", "claims"),
    SWEEP(Parts.MOVES, "trail"),
    OPERATE(Parts.MOVES, "trail"),
    IMPORT(Parts.MOVES, "trail"),
    REPLACE(Parts.MOVES),
    JOIN(Parts.MOVES),
    ADOPT(Parts.MOVES),
    HEAR(Parts.MOVES),
    LETTERS(Parts.MOVES),
    TOLD(Parts.MOVES),
    LOOSEN(Parts.MOVES),
    BEAT(Parts.LIMITS, "trail"),
    CHECKPOINT,
    REGISTER,
    CLOSE,
    COMMAND,
    SESSIONS,
    SILENCE,
    FORGET,
    NOTE,
    LIMIT,
    COUNTS,
    RESERVE,
    FREE,
    KEEP,
    BURN,
    DELIVERED;

    private static final String INSIDE = "return (function()\n";

    final String text;
    final String digest;

    Script(String... parts) {
        StringBuilder whole = new StringBuilder(read("keys"))
                .append(INSIDE)
                .append(read("base"))
                .append(INSIDE);
        for (String part : parts) {
            for (String name : part.split(" ", -1)) {
                whole.append(Parts.of(name));
            }
        }
        whole.append(read(name().toLowerCase(Locale.ROOT))).append("end)()\nend)()\n");
        text = Constants.inline(whole.toString());
        digest = sha1(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String read(String name) {
        try (InputStream in = Script.class.getResourceAsStream(name + ".lua")) {
            if (in == null) {
                throw new IllegalStateException("millrace-redis lacks its own " + name + ".lua: its jar is damaged");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The name by which Redis knows a script. */
    private static String sha1(byte[] text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(text));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-1, which every Java must have", e);
        }
    }

    /** What scripts are put together from that have much in common. */
    private static final class Parts {
        static final String LIMITS = "limits( limits )";
        static final String MOVES =
                LIMITS + " moves uniques( uniques ) groups( groups ) flow( ties dependencies workflows )";

        private Parts() {}

        /** A file; or what stands around those that are only defined when they are needed (base.lua, lazily). */
        static String of(String name) {
            if (name.equals(")")) {
                return "end)\n";
            }
            return name.endsWith("(")
                    ? "lazily(" + name.substring(0, name.length() - 1) + ", function()\n"
                    : read(name);
        }
    }
}
