package dev.millrace.cli;

import dev.millrace.Setting;
import dev.millrace.Settings;
import dev.millrace.cli.out.Table;
import dev.millrace.spi.StoreAddress;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Says what is set, and where. */
@Command(
        name = "settings",
        description = "Print the settings: what each is now, and which file or variable says so.",
        mixinStandardHelpOptions = true)
final class SettingsCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "Print a JSON object a line.")
    private boolean json;

    @Option(names = "--markdown", hidden = true, description = "Print the table of the documentation.")
    private boolean markdown;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        if (markdown) {
            printMarkdown(out);
        } else if (json) {
            Settings.known().forEach(setting -> out.println(json(setting)));
        } else {
            Table table = new Table("SETTING", "VALUE", "FROM");
            for (Setting setting : Settings.known()) {
                Optional<Settings.Value> value = main.settings().value(setting.name());
                table.row(
                        setting.name(),
                        value.map(given -> shown(setting, given)).orElse(setting.usual()),
                        value.map(Settings.Value::source).orElse(""));
            }
            table.print(out, main.terminal());
        }
        return 0;
    }

    private static String shown(Setting setting, Settings.Value value) {
        return setting.form() == Setting.Form.ADDRESS
                ? StoreAddress.parse(value.text()).shown()
                : value.text();
    }

    private String json(Setting setting) {
        ObjectNode node = JsonMapper.shared().createObjectNode();
        node.put("name", setting.name());
        Optional<Settings.Value> value = main.settings().value(setting.name());
        value.ifPresent(given -> node.put("value", shown(setting, given)).put("from", given.source()));
        node.put("usual", setting.usual());
        node.put("environment", setting.environmentName());
        return node.toString();
    }

    /** As it stands in docs/settings.md. */
    private static void printMarkdown(PrintWriter out) {
        out.println("| Setting | In the environment | Form | When not given | |");
        out.println("|---|---|---|---|---|");
        for (Setting setting : Settings.known()) {
            String command = setting.reader() == Setting.Reader.COMMAND ? " (the command only)" : "";
            out.println("| `" + setting.name() + "` | `" + setting.environmentName() + "` | "
                    + setting.form().name().toLowerCase(Locale.ROOT) + " | " + setting.usual() + " | "
                    + setting.meaning() + command + " |");
        }
    }
}
