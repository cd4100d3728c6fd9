package org.memvirt.runner.command;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that names a configuration file; {@link CommandTree} reads it before all others are parsed. */
final class ConfigOption {
    @Option(names = "--config", paramLabel = "FILE",
            description = "Options from a YAML file, long-option-name: value; the command line wins.")
    @Nullable Path file;
}
