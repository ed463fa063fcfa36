/**
 * The Redis store: one server, Sentinel or Cluster.
 *
 * <p>{@link dev.millrace.redis.RedisProvider} is all there is to see; addresses are {@code redis://host:6379/0}, {@code
 * rediss://…}, {@code redis+sentinel://…?master=…} and {@code redis+cluster://…}. Jobs live in partitions, each under a hash
 * tag of its own; what a call does in one partition is one Lua script, so it happens whole or not at all.
 */
@NullMarked
package dev.millrace.redis;

import org.jspecify.annotations.NullMarked;
