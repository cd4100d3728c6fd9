package org.memvirt.runner.config;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that make a machine, as given. */
public final class MachineOptions {
    @Option(names = "--mmu", paramLabel = "NAME[:key=value,...]",
            description = "The MMU; compare takes several, with commas (default: the one that 'memvirt list' shows first).")
    public @Nullable String mmu;

    @Option(names = "--format", paramLabel = "NAME[:key=value,...]",
            description = "The guest's page-table format (default: the MMU's first).")
    public @Nullable String format;

    @Option(names = "--second-stage", paramLabel = "NAME[:key=value,...]",
            description = "The second-stage format, for strategies that have one (default: the MMU's first).")
    public @Nullable String secondStage;

    @Mixin
    public final RegisterOptions registers = new RegisterOptions();

    @Option(names = "--vm-tags", paramLabel = "on|off",
            description = "Tag TLB entries by VM, or flush at every VM entry; short for the strategy's option.")
    public @Nullable String vmTags;

    @Option(names = "--tlb", paramLabel = "NAME[:key=value,...]",
            description = "The TLBs (default: the MMU's first preset). Of a preset each group can be given other sizes, and all "
                    + "another replacement: reference:l1d=64x4,l2=1024x8,replacement=lfu. compare takes several.")
    public @Nullable String tlb;

    @Option(names = "--walk-cache", paramLabel = "PRESET[:key=value,...]|none",
            description = "The caches of the page walker (default: the MMU's first preset). Each can be given another size, by"
                    + " the level at which a walk then goes on: reference:l1=32xfull,l2=4xfull. compare takes several.")
    public @Nullable String walkCache;

    @Option(names = "--nested-tlb", paramLabel = "PRESET|none",
            description = "The cache of second-stage translations (default: the MMU's first preset).")
    public @Nullable String nestedTlb;

    @Option(names = "--stage2-walk-cache", paramLabel = "PRESET|none", defaultValue = "none",
            description = "The cache of the second stage's tables, by guest-physical prefix: one of the presets of --walk-cache that"
                    + " are looked up so (default: ${DEFAULT-VALUE}).")
    public String stageTwoWalkCache = "none";

    @Option(names = "--guest-kernel", paramLabel = "simulated|free", defaultValue = "simulated",
            description = "Whether the guest kernel's own accesses pass the TLB, counted apart, or cost nothing"
                    + " (default: ${DEFAULT-VALUE}).")
    public String guestKernel = "simulated";

    @Option(names = "--guest-memory", paramLabel = "SIZE",
            description = "Guest-physical memory (default: what the workload needs; 64G for a trace).")
    public @Nullable String guestMemory;

    @Option(names = "--host-memory", paramLabel = "SIZE",
            description = "Host-physical memory (default: what the guest and the VMM's tables need).")
    public @Nullable String hostMemory;

    @Option(names = "--guest-pages", paramLabel = "4K|2M|1G|thp",
            description = "The page size with which the guest kernel maps; thp: the second size where it fits, else the"
                    + " first (default: the format's smallest).")
    public @Nullable String guestPages;

    @Option(names = "--guest-flush-ceiling", paramLabel = "PAGES", converter = CountText.Small.class,
            defaultValue = "0",
            description = "The guest kernel flushes a changed range page by page up to so many, and beyond that its whole"
                    + " address space, as Linux does with 33; 0: each page at once, without a ceiling"
                    + " (default: ${DEFAULT-VALUE}).")
    public int guestFlushCeiling;

    @Option(names = "--guest-tags", paramLabel = "all|off|N", defaultValue = "all",
            description = "The tags of address spaces that the guest kernel uses: all that hardware has, in generations; off,"
                    + " none, then each switch flushes; N on each CPU, as Linux does with 6 of them"
                    + " (default: ${DEFAULT-VALUE}).")
    public String guestTags = "all";

    @Option(names = "--guest-free-tables",
            description = "The guest kernel takes page tables back as soon as they map nothing, not only at the end of their"
                    + " process.")
    public boolean guestFreeTables;

    @Option(names = "--guest-collapse", paramLabel = "N", converter = CountText.class, defaultValue = "0",
            description = "Every N accesses a daemon of the guest kernel looks for small pages to replace by a large one, of"
                    + " the size of --guest-pages or else the second; 0: never (default: ${DEFAULT-VALUE}).")
    public long guestCollapse;

    @Option(names = "--host-pages", paramLabel = "4K|2M|1G|thp",
            description = "The pieces in which the host backs guest memory; thp: those of one level up where it has them, else"
                    + " the smallest, made large again in the background (default: 4K, or the second stage's smallest).")
    public @Nullable String hostPages;

    @Mixin
    public final HostOptions host = new HostOptions();

    @Option(names = "--cost-model", paramLabel = "PRESET",
            description = "What things cost, in cycles (default: the first).")
    public @Nullable String costModel;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1",
            description = "The seed of everything random (default: ${DEFAULT-VALUE}).")
    public long seed = 1;

    /** How many of each there are; those of a command that has no such options are one each. */
    public ShapeOptions shape = new ShapeOptions();
}
