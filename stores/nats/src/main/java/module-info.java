/** The NATS JetStream store: one stream, read and written through one leading instance. */
module dev.millrace.nats {
    requires dev.millrace;
    requires io.nats.jnats;
    requires static transitive org.jspecify;
    requires org.slf4j;

    provides dev.millrace.spi.StoreProvider with
            dev.millrace.nats.NatsProvider;
}
