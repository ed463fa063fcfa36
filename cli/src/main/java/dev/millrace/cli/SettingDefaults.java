package dev.millrace.cli;

import dev.millrace.Settings;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Options that are not given are what the settings say: {@code worker --concurrency} is {@code worker.concurrency}. */
final class SettingDefaults implements IDefaultValueProvider {
    private final Supplier<Settings> settings;

    /** @param settings asked when a command with settings of its own is read: {@code --config} is known by then */
    SettingDefaults(Supplier<Settings> settings) {
        this.settings = settings;
    }

    @Override
    public @Nullable String defaultValue(ArgSpec argument) {
        if (!(argument instanceof OptionSpec option)) {
            return null;
        }
        String name = argument.command().name() + "." + option.longestName().replaceFirst("^-+", "");
        boolean known =
                Settings.known().stream().anyMatch(setting -> setting.name().equals(name));
        return known ? settings.get().value(name).map(Settings.Value::text).orElse(null) : null;
    }
}
