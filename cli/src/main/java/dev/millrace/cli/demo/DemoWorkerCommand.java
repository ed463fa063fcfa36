package dev.millrace.cli.demo;

import picocli.CommandLine.Command;

@Command(name = "demo-worker")
public final class DemoWorkerCommand implements Runnable {
    @Override
    public void run() {}
}
