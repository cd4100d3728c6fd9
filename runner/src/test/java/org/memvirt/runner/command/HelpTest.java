package org.memvirt.runner.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

class HelpTest {
    private static CommandLine whole() {
        PrintStream none = new PrintStream(OutputStream.nullOutputStream());
        return CommandTree.whole(new Console(new ByteArrayInputStream(new byte[0]), none, none, false, false));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"list", "run", "compare", "walk", "inspect", "conform", "trace", "trace convert", "trace info"})
    void helpShowsWhatTheCommandsOwnHelpShows(String command) {
        CommandLineRun help = CommandLineRun.of(("help " + command).split(" "));
        assertThat(help.err()).isEmpty();
        assertThat(help.status()).isZero();
        assertThat(help.out())
                .startsWith("Usage: memvirt " + command)
                .isEqualTo(CommandLineRun.of((command + " --help").split(" ")).out());
    }

    @Test
    void helpAloneIsThatOfMemvirt() {
        assertThat(CommandLineRun.of("help").out())
                .isEqualTo(CommandLineRun.of("--help").out())
                .contains("help ", "Show the help of a command");
    }

    @ParameterizedTest
    @ValueSource(strings = {"help rum", "help trace rum", "help run convert"})
    void helpOfWhatIsNoCommandIsWrongUsage(String line) {
        CommandLineRun help = CommandLineRun.of(line.split(" "));
        assertThat(help.status()).isEqualTo(2);
        assertThat(help.err()).containsAnyOf("there is no command 'rum'; there is ",
                "'convert' is one argument too many");
    }

    @Test
    void theOptionsOfRunStandInGroups() {
        assertThat(CommandLineRun.of("run", "--help").out())
                .containsSubsequence(
                        "\nThe input:\n", "--trace=", "--prefault", "\nThe machine:\n", "--vmm=", "--registers=",
                        "--seed=",
                        "\nResults:\n", "--json", "--audit", "\nCounters for Prometheus:\n", "--metrics-port=",
                        "\nGeneral:\n", "--config=", "--help");
    }

    /** An option of a new class would not be seen among those of the command itself otherwise. */
    @Test
    void everyOptionOfACommandThatMakesMachinesHasItsGroup() {
        for (String command : List.of("run", "compare")) {
            Map<String, List<OptionSpec>> groups =
                    OptionGroups.of(whole().getSubcommands().get(command).getCommandSpec());
            assertThat(groups).doesNotContainKey("Options");
            assertThat(groups.values().stream().mapToInt(List::size).sum())
                    .isEqualTo(whole().getSubcommands().get(command).getCommandSpec().options().size());
        }
    }

    @Test
    void noCommandLosesAnOption() {
        whole().getSubcommands().values().forEach(command -> assertThat(OptionGroups.of(command.getCommandSpec())
                .values().stream().mapToInt(List::size).sum())
                        .isEqualTo(command.getCommandSpec().options().size()));
    }
}
