package dev.millrace.testkit.contract;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives a part the contract test that it is nested in. */
final class OuterContract implements ParameterResolver {

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == StoreContract.class;
    }

    @Override
    public StoreContract resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getRequiredTestInstances()
                .findInstance(StoreContract.class)
                .orElseThrow(
                        () -> new IllegalStateException("a part of the contract runs only nested in StoreContract"));
    }
}
