/** The Redis store: one server, Sentinel or Cluster. */
module dev.millrace.redis {
    requires dev.millrace;
    requires io.netty.common;
    requires io.netty.handler;
    requires lettuce.core;
    requires static transitive org.jspecify;
    requires org.slf4j;

    provides dev.millrace.spi.StoreProvider with
            dev.millrace.redis.RedisProvider;
}
