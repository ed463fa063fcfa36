package dev.millrace.postgres;

import dev.millrace.testkit.contract.AddressFixture;

/** A schema of its own for each test, emptied after it. */
final class SchemaFixture extends AddressFixture {
    private final Servers servers;
    private final String schema;

    SchemaFixture(Servers servers) {
        this(servers, servers.server().url() + "?", servers.schema());
    }

    /** By way of the server's pooler; only wake-ups go to the server directly. */
    static SchemaFixture pooled(Servers servers) {
        return new SchemaFixture(servers, servers.pooled(), servers.schema());
    }

    private SchemaFixture(Servers servers, String way, String schema) {
        super(way + "pool.size=20&schema=" + schema);
        this.servers = servers;
        this.schema = schema;
    }

    @Override
    public void close() {
        super.close();
        servers.recycle(schema);
    }
}
