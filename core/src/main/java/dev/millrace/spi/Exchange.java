package dev.millrace.spi;

import java.util.List;
import java.util.UUID;

/**
 * What a worker hands in and asks for.
 *
 * @param session the worker's open session
 * @param number grows within the session; stored with the claims, so that those of a lost reply can be told apart
 * @param settlements how runs ended; may be empty
 * @param claim what the worker would take
 */
public record Exchange(UUID session, long number, List<Settlement> settlements, Claim claim) {}
