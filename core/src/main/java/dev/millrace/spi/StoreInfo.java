package dev.millrace.spi;

/**
 * What a store is, for people.
 *
 * @param engine "memory", "sqlite", …
 * @param address its address without password
 * @param version the engine's version
 * @param schema the version of the layout of what is stored
 * @param durability what an accepted job survives, in a few words
 */
public record StoreInfo(String engine, String address, String version, int schema, String durability) {}
