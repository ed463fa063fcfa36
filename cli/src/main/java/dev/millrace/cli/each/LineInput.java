package dev.millrace.cli.each;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import org.jspecify.annotations.Nullable;

/** Lines, one by one, of an input of any size. Empty ones are left out and counted. Not thread-safe. */
final class LineInput {
    /** The longest argument that Linux passes to a program, less its final zero byte. */
    static final int MOST_BYTES = 131_071;

    private final InputStream in;
    private final int separator;
    private final Pause pause;
    private final Charset arguments;
    private final byte[] buffer = new byte[1 << 16];
    private int position;
    private int limit;
    private long empty;

    /** Called before it waits for input. */
    @FunctionalInterface
    interface Pause {
        void begin() throws IOException, InterruptedException;
    }

    /** What stood between two separators. */
    sealed interface Item {
        /** The line, as well as it can be shown. */
        String text();

        /** One that can be given to a program. */
        record Usable(String text) implements Item {}

        /** One that cannot. */
        record Unusable(String text, String reason) implements Item {}
    }

    /**
     * @param separator the byte between lines
     * @param pause called before it waits for input
     */
    LineInput(InputStream in, int separator, Pause pause) {
        this.in = in;
        this.separator = separator;
        this.pause = pause;
        this.arguments = charset(System.getProperty("sun.jnu.encoding", "UTF-8"));
    }

    private static Charset charset(String name) {
        try {
            return Charset.forName(name);
        } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
            return StandardCharsets.UTF_8;
        }
    }

    /** The next line that is not empty; null at the end. Waits for input. */
    @Nullable
    Item next() throws IOException, InterruptedException {
        while (true) {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            long size = 0;
            int b = read();
            if (b < 0) {
                return null;
            }
            for (; b >= 0 && b != separator; b = read()) {
                if (size++ < MOST_BYTES) {
                    line.write(b);
                }
            }
            if (size > 0) {
                return item(line.toByteArray(), size);
            }
            empty++;
        }
    }

    /** How many empty lines were left out so far. */
    long empty() {
        return empty;
    }

    private Item item(byte[] bytes, long size) {
        String shown = new String(bytes, 0, Math.min(bytes.length, 4_096), StandardCharsets.UTF_8);
        if (size > MOST_BYTES) {
            return new Item.Unusable(
                    shown + "…", "it has " + size + " bytes, and an argument has at most " + MOST_BYTES);
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            if (text.indexOf('\0') >= 0) {
                return new Item.Unusable(text, "it holds a zero byte, which no argument can: is --null meant?");
            }
            if (!arguments.newEncoder().canEncode(text)) {
                return new Item.Unusable(
                        text, "the locale's " + arguments + " has not all of its characters: set LC_ALL=C.UTF-8");
            }
            return new Item.Usable(text);
        } catch (CharacterCodingException e) {
            return new Item.Unusable(shown, "it is not UTF-8");
        }
    }

    private int read() throws IOException, InterruptedException {
        if (position == limit) {
            if (in.available() == 0) {
                pause.begin();
            }
            limit = Math.max(0, in.read(buffer));
            position = 0;
            if (limit == 0) {
                return -1;
            }
        }
        return buffer[position++] & 0xFF;
    }
}
