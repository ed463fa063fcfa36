package dev.millrace.testkit.fault;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives a part the contract test that it is nested in. */
final class OuterCrashContract implements ParameterResolver {

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == CrashContract.class;
    }

    @Override
    public CrashContract resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getRequiredTestInstances()
                .findInstance(CrashContract.class)
                .orElseThrow(
                        () -> new IllegalStateException("a part of the contract runs only nested in CrashContract"));
    }
}
