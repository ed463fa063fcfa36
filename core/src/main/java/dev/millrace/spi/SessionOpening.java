package dev.millrace.spi;

import java.util.UUID;

/**
 * A worker's registration.
 *
 * @param id new for each session; never used again after it was closed
 * @param worker the worker's name, for people: "host:pid" and a number by default
 * @param status what the worker tells of itself, as the engine wrote it (JSON); a store never looks inside
 */
public record SessionOpening(UUID id, String worker, String status) {}
