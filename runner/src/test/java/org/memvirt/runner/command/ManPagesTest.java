package org.memvirt.runner.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import picocli.AutoComplete;
import picocli.CommandLine;

/**
 * The manual pages and the completion script of the distribution say what the command line takes. After a change of its
 * options, {@code -Dmemvirt.remake=true} writes them anew.
 */
class ManPagesTest {
    private static final Path ASSEMBLY = Path.of("src", "assembly");
    private static final Path PAGES = ASSEMBLY.resolve("man/man1");

    private static CommandLine whole() {
        PrintStream none = new PrintStream(OutputStream.nullOutputStream());
        return CommandTree.whole(new Console(new ByteArrayInputStream(new byte[0]), none, none, false, false));
    }

    private static void collect(CommandLine command, Map<String, String> pages) {
        pages.put(ManPage.name(command.getCommandSpec()) + ".1", ManPage.of(command));
        command.getSubcommands().values().forEach(below -> collect(below, pages));
    }

    private static void compare(Path file, String text) throws IOException {
        if (Boolean.getBoolean("memvirt.remake")) {
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        }
        assertThat(file).as("run this test with -Dmemvirt.remake=true").hasContent(text);
    }

    @Test
    void thePagesAreThoseOfTheCommands() throws IOException {
        Map<String, String> pages = new TreeMap<>();
        collect(whole(), pages);
        assertThat(pages).containsKeys("memvirt.1", "memvirt-run.1", "memvirt-trace-convert.1");
        for (Map.Entry<String, String> page : pages.entrySet()) {
            compare(PAGES.resolve(page.getKey()), page.getValue());
        }
        try (var files = Files.list(PAGES)) {
            Set<String> names = files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
            assertThat(names).isEqualTo(pages.keySet());
        }
    }

    @Test
    void theScriptCompletesTheCommands() throws IOException {
        compare(ASSEMBLY.resolve("completion/memvirt.bash"), AutoComplete.bash("memvirt", whole()));
    }
}
