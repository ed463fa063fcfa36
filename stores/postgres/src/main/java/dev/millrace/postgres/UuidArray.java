package dev.millrace.postgres;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.UUID;
import java.util.stream.Collectors;
import org.postgresql.util.PGBinaryObject;
import org.postgresql.util.PGobject;

/**
 * Ids on their way to the server, as the 16 bytes that each is: as text, which is what the driver makes of an array of them, the
 * server would spend a tenth of an insert on reading them.
 */
final class UuidArray extends PGobject implements PGBinaryObject {
    /** The server's number of the type; the driver's connections are told to send it in binary form. */
    static final int OID = 2951;

    private static final long serialVersionUID = 1L;
    private static final int ELEMENT_OID = 2950;
    private static final int HEADER_BYTES = 5 * Integer.BYTES;
    private static final int EMPTY_BYTES = 3 * Integer.BYTES;
    private static final int ID_BYTES = 2 * Long.BYTES;

    private final UUID[] ids;

    UuidArray(UUID[] ids) {
        this.ids = ids.clone();
        this.type = "_uuid";
    }

    @Override
    public int lengthInBytes() {
        return ids.length == 0 ? EMPTY_BYTES : HEADER_BYTES + ids.length * (Integer.BYTES + ID_BYTES);
    }

    @Override
    public void toBytes(byte[] bytes, int offset) {
        ByteBuffer out = ByteBuffer.wrap(bytes, offset, lengthInBytes());
        out.putInt(ids.length == 0 ? 0 : 1).putInt(0).putInt(ELEMENT_OID); // dimensions, no nulls, elements
        if (ids.length > 0) {
            out.putInt(ids.length).putInt(1); // the first has number 1
        }
        for (UUID id : ids) {
            out.putInt(ID_BYTES).putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
        }
    }

    @Override
    public void setByteValue(byte[] value, int offset) {
        throw new UnsupportedOperationException("ids are sent in this form, and never read in it");
    }

    /** For a driver that was told to send no binary values. */
    @Override
    public String getValue() {
        return Arrays.stream(ids).map(UUID::toString).collect(Collectors.joining(",", "{", "}"));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof UuidArray array && Arrays.equals(ids, array.ids);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(ids);
    }

    @Override
    public Object clone() throws CloneNotSupportedException {
        return super.clone(); // ids are never changed
    }
}
