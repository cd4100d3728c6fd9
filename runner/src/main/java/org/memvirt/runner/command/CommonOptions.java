package org.memvirt.runner.command;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that every command has. */
final class CommonOptions {
    @Option(names = "--plugins", paramLabel = "DIR",
            description = "A folder with jars of plug-ins (default: plugins/ beside the launcher, if it is there).")
    @Nullable Path plugins;

    @Option(names = "--quiet", arity = "0..1", paramLabel = "true|false", fallbackValue = "true",
            defaultValue = "false",
            description = "No progress and no notices; and no table where results go to a file.")
    boolean quiet;

    @Option(names = "--debug", arity = "0..1", paramLabel = "true|false", fallbackValue = "true",
            defaultValue = "false", description = "With the stack trace when something goes wrong.")
    boolean debug;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
    boolean help;
}
