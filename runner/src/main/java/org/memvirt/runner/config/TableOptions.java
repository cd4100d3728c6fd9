package org.memvirt.runner.config;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that say where the page tables of an image are and how to read them, as given. */
public final class TableOptions {
    @Option(names = "--mmu", paramLabel = "NAME",
            description = "The MMU (default: that of the machine which the image names, or the one that 'memvirt list' shows first).")
    public @Nullable String mmu;

    @Mixin
    public final RegisterOptions registers = new RegisterOptions();

    @Option(names = "--root", paramLabel = "ADDRESS",
            description = "The root of the tables, in place of registers: the address of the top one.")
    public @Nullable String root;

    @Option(names = "--format", paramLabel = "NAME[:key=value,...]",
            description = "Their format, with --root (default: the MMU's first).")
    public @Nullable String format;

    @Option(names = "--stage2-root", paramLabel = "ADDRESS",
            description = "The root of a second stage, below the tables or alone.")
    public @Nullable String stage2Root;

    @Option(names = {"--second-stage", "--stage2-format"}, paramLabel = "NAME[:key=value,...]",
            description = "Its format, with --stage2-root (default: the MMU's first).")
    public @Nullable String secondStage;
}
