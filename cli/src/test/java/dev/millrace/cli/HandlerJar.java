package dev.millrace.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.tools.ToolProvider;

/** Makes a jar with a handler, as an application would. */
final class HandlerJar {
    private static final String SOURCE = """
            package app;

            import dev.millrace.HandlerModule;
            import dev.millrace.JobType;
            import dev.millrace.WorkerBuilder;

            public final class Shouting implements HandlerModule {
                @Override
                public void register(WorkerBuilder worker) {
                    worker.handle(JobType.of("shout", String.class, String.class), (word, job) -> word.toUpperCase());
                }
            }
            """;

    private HandlerJar() {}

    static Path make(Path folder) throws IOException {
        Path source = Files.writeString(folder.resolve("Shouting.java"), SOURCE);
        Path classes = Files.createDirectory(folder.resolve("classes"));
        int code = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        null,
                        null,
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-proc:none",
                        "-d",
                        classes.toString(),
                        source.toString());
        if (code != 0) {
            throw new IllegalStateException("the handler does not compile");
        }
        Path jar = folder.resolve("app.jar");
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file)) {
            out.putNextEntry(new JarEntry("app/Shouting.class"));
            Files.copy(classes.resolve("app/Shouting.class"), out);
            out.putNextEntry(new JarEntry("META-INF/services/dev.millrace.HandlerModule"));
            out.write("app.Shouting\n".getBytes(StandardCharsets.UTF_8));
        }
        return jar;
    }
}
