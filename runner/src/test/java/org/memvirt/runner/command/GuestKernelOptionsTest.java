package org.memvirt.runner.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What the guest kernel can be told on the command line, and what of it results show. */
class GuestKernelOptionsTest {
    private static CommandLineRun run(String... more) {
        List<String> arguments = new ArrayList<>(
                List.of("run", "--workload", "uniform:footprint=256K", "--accesses", "7000", "--slice", "1000",
                        "--json"));
        arguments.addAll(List.of(more));
        return CommandLineRun.of(arguments.toArray(String[]::new));
    }

    private static JsonNode guest(String... more) {
        CommandLineRun run = run(more);
        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
        return run.json().get("guest");
    }

    @Test
    void whatIsUsualIsNotMentioned() {
        JsonNode json = run("--guest-tags", "all", "--guest-flush-ceiling", "0", "--guest-collapse", "0").json();
        assertThat(json.has("guest")).isFalse();
        json.get("config").propertyNames().forEach(option -> assertThat(option).isNotIn(
                "guest-tags", "guest-flush-ceiling", "guest-free-tables", "guest-collapse"));
    }

    @Test
    void sixTagsServeSixProcesses() {
        JsonNode six = guest("--processes", "6", "--guest-tags", "6");
        assertThat(six.get("switches").longValue()).isGreaterThanOrEqualTo(6 * 7);
        assertThat(six.get("switchFlushes").longValue()).isZero();
        JsonNode seven = guest("--processes", "7", "--guest-tags", "6");
        assertThat(seven.get("switchFlushes").longValue()).isEqualTo(seven.get("switches").longValue() - 6);
        JsonNode off = guest("--processes", "7", "--guest-tags", "off");
        assertThat(off.get("switchFlushes").longValue()).isEqualTo(off.get("switches").longValue());
    }

    @Test
    void theDaemonMakesLargePages() {
        JsonNode guest = guest("--guest-collapse", "2000", "--guest-free-tables", "--guest-flush-ceiling", "33");
        assertThat(guest.get("collapses").longValue()).isEqualTo(1);
        assertThat(guest.get("tablesFreed").longValue()).isEqualTo(1);
        assertThat(guest.get("spaceFlushes").longValue()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({
        "--guest-tags, none, off", "--guest-tags, 0, off", "--guest-tags, 4096, 4095",
        "--guest-flush-ceiling, -1, pages",
        "--guest-collapse, -5, accesses"
    })
    void whatCannotBeIsRefused(String option, String value, String word) {
        CommandLineRun run = run(option + "=" + value);
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains(option, word);
    }

    /** The host follows contents where it moves pages itself; the guest's daemon moves them, too. */
    @ParameterizedTest
    @ValueSource(
            strings = {"--host-pages=thp", "--reclaim=swap,merge,balloon --page-contents=8 --processes=3 --slice=100"})
    void contentsAreFollowedWhereTheDaemonMovesPages(String options) {
        for (String vmm : new String[] {"nested", "shadow"}) {
            CommandLineRun run =
                    CommandLineRun.of(("run --workload uniform:footprint=8M,writes=0.5 --accesses 20000 --vmm "
                            + vmm + " --guest-collapse 64 --json --audit " + options).split(" "));
            assertThat(run.status()).as(run.err()).isZero();
            assertThat(run.json().at("/guest/collapses").asLong()).isPositive();
        }
    }
}
