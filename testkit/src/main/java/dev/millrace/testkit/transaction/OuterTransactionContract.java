package dev.millrace.testkit.transaction;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives a part the contract test that it is nested in. */
final class OuterTransactionContract implements ParameterResolver {

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == TransactionContract.class;
    }

    @Override
    public TransactionContract resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getRequiredTestInstances()
                .findInstance(TransactionContract.class)
                .orElseThrow(() ->
                        new IllegalStateException("a part of the contract runs only nested in TransactionContract"));
    }
}
