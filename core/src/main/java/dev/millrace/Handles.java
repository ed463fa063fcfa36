package dev.millrace;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a method as the handler of a kind, for {@code worker().handlers(object)}. The method may have any visibility, takes
 * the payload, a {@link JobContext}, both in either order or neither, and returns the result or nothing.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Handles {
    /** The kind, as in {@link JobType#kind()}. */
    String value();
}
