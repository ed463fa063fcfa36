package dev.millrace.testkit.worker;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives a part the contract test that it is nested in. */
final class OuterWorkerContract implements ParameterResolver {

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == WorkerContract.class;
    }

    @Override
    public WorkerContract resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getRequiredTestInstances()
                .findInstance(WorkerContract.class)
                .orElseThrow(
                        () -> new IllegalStateException("a part of the contract runs only nested in WorkerContract"));
    }
}
