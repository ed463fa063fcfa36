/** Figures as people read them, in the errors of the library and on the screens of the command alike. */
@NullMarked
package dev.millrace.internal.text;

import org.jspecify.annotations.NullMarked;
