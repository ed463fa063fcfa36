/**
 * The NATS JetStream store. One stream is the journal of all that happens; one store instance at a time, the leader, writes
 * it, fenced by compare-and-set on the journal's end, and keeps in memory what the journal says; the others ask the leader by
 * request and reply. docs/decisions/0007-nats.md says why.
 */
@NullMarked
package dev.millrace.nats;

import org.jspecify.annotations.NullMarked;
