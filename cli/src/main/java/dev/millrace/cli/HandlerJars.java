package dev.millrace.cli;

import dev.millrace.HandlerModule;
import dev.millrace.WorkerBuilder;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** The handlers of an application, out of its own jars. */
final class HandlerJars implements AutoCloseable {
    private final URLClassLoader loader;
    private final List<Path> jars;

    /**
     * @param jars jars or folders of classes; they see each other's classes, and what their manifests name
     * @throws IllegalArgumentException when one is not there
     */
    HandlerJars(List<Path> jars) {
        this.jars = jars;
        List<URL> urls = new ArrayList<>();
        for (Path jar : jars) {
            if (!Files.exists(jar)) {
                throw new IllegalArgumentException(
                        "there is no " + jar + ": give --handlers a jar or a folder of classes");
            }
            try {
                urls.add(jar.toUri().toURL());
            } catch (MalformedURLException e) {
                throw new IllegalArgumentException(jar + " cannot be read as a jar: " + e.getMessage(), e);
            }
        }
        this.loader = new URLClassLoader("handlers", urls.toArray(URL[]::new), HandlerModule.class.getClassLoader());
    }

    /**
     * Adds all handlers that the jars have.
     *
     * @throws Refusal when they have none, or one cannot be loaded
     */
    void register(WorkerBuilder worker) {
        int modules = 0;
        try {
            for (HandlerModule module : ServiceLoader.load(HandlerModule.class, loader)) {
                module.register(worker);
                modules++;
            }
        } catch (ServiceConfigurationError | LinkageError e) {
            throw new Refusal("handlers cannot be loaded: " + e.getMessage()
                    + (e.getCause() == null ? "" : " (" + e.getCause() + ")"));
        }
        if (modules == 0) {
            throw new Refusal(
                    "no handlers in " + jars + ": a jar names its class that implements dev.millrace.HandlerModule"
                            + " in META-INF/services/dev.millrace.HandlerModule");
        }
    }

    /** The class loader, for the threads that run the handlers. */
    ClassLoader loader() {
        return loader;
    }

    @Override
    public void close() throws IOException {
        loader.close();
    }
}
