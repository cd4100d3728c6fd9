package org.memvirt.runner.command;

import picocli.CommandLine.Command;

/** {@code memvirt trace}: the commands for trace files. */
@Command(name = "trace", description = "Convert and describe traces.", synopsisSubcommandLabel = "COMMAND",
        usageHelpWidth = 100)
final class TraceCommand extends CommandGroup {}
