package org.memvirt.runner.guests;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.architecture.MmuArchitecture;
import org.memvirt.api.architecture.MmuProvider;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.testkit.machine.AssembledMachine;
import org.memvirt.testkit.machine.ChosenTlb;

/**
 * A strategy on an MMU, both as a run finds them, with the formats that its guests may have.
 *
 * @param stageOne names of guests' formats
 * @param stageTwo names of second stages, with options after a colon
 */
record Backends(VmmProvider vmm, String mmuName, MmuArchitecture mmu, List<String> stageOne, List<String> stageTwo) {
    private static final String X86 = "x86";
    private static final String ARM = "arm";
    private static final String MIPS = "mips-tlb";
    /** Processors of MIPS, each with the format of its guests' tables. */
    private static final Map<String, String> PROCESSORS = Map.of("24kf", "linux-mips32", "mips64r2", "linux-mips64");

    /** Each of these strategies on each MMU. */
    static List<Backends> of(String... vmms) {
        List<Backends> all = new ArrayList<>();
        for (String vmm : vmms) {
            all.add(of(vmm, X86, List.of("x86-64", "x86-64-la57", "pae", "ia32"), List.of("ept", "ept:ad=on", "npt")));
            all.add(of(vmm, ARM, List.of("aarch64-4k", "aarch64-16k", "aarch64-64k"),
                    List.of("aarch64-s2-4k", "aarch64-s2-16k", "aarch64-s2-4k:ha=off,hd=off")));
            all.add(of(vmm, MIPS, List.copyOf(PROCESSORS.values()), List.of()));
        }
        return all;
    }

    private static Backends of(String vmm, String mmu, List<String> stageOne, List<String> stageTwo) {
        MmuProvider provider = find(MmuProvider.class, mmu, MmuProvider::name);
        return new Backends(
                find(VmmProvider.class, vmm, VmmProvider::name), mmu, provider.architecture(), stageOne, stageTwo);
    }

    private static <T> T find(Class<T> service, String name, Function<T, String> nameOf) {
        return ServiceLoader.load(service).stream()
                .map(ServiceLoader.Provider::get)
                .filter(each -> nameOf.apply(each).equals(name))
                .findFirst()
                .orElseThrow();
    }

    private List<PageTableFormat> formats() {
        return switch (mmu) {
            case ArchitectedPageTables hardware -> hardware.formats();
            case ArchitectedTlb software -> software.formats();
        };
    }

    private PageTableFormat format(String text) {
        String[] parts = text.split(":", 2);
        PageTableFormat found = formats().stream()
                .filter(format -> format.name().equals(parts[0]))
                .findFirst()
                .orElseThrow();
        if (parts.length == 1) {
            return found;
        }
        Map<String, String> options = new HashMap<>();
        for (String option : parts[1].split(",")) {
            options.put(option.split("=")[0], option.split("=")[1]);
        }
        return found.with(options);
    }

    /** A machine whose formats are drawn by chance, with the tags of its MMU. */
    AssembledMachine draw(SplittableRandom random) {
        PageTableFormat guest = format(stageOne.get(random.nextInt(stageOne.size())));
        AssembledMachine drawn = new AssembledMachine(guest, vmm).seed(random.nextLong());
        switch (mmu) {
            case ArchitectedPageTables hardware -> drawn.mmu(hardware);
            case ArchitectedTlb software ->
                    drawn.mmu(processor(random.nextBoolean() ? linear(software) : software, guest));
        }
        return drawn.stageTwo(drawStageTwo(random));
    }

    private static ArchitectedTlb linear(ArchitectedTlb software) {
        return (ArchitectedTlb) software.with(Map.of("table", "linear"));
    }

    private static ArchitectedTlb processor(ArchitectedTlb software, PageTableFormat guest) {
        String name = PROCESSORS.entrySet().stream()
                .filter(processor -> processor.getValue().equals(guest.name()))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow();
        return new ChosenTlb(software, name);
    }

    private @Nullable PageTableFormat drawStageTwo(SplittableRandom random) {
        if (!vmm.usesStageTwo()) {
            return null;
        }
        return stageTwo.isEmpty() ? formats().getLast() : format(stageTwo.get(random.nextInt(stageTwo.size())));
    }

    /** Whether a guest's tables can forbid the execution of a page that may be read. */
    boolean forbidsExecution(AssembledMachine drawn) {
        return switch (drawn.config().mmu()) {
            case ArchitectedPageTables hardware -> !drawn.config().format().name().equals("ia32");
            case ArchitectedTlb software ->
                    (software.createTlb(software.tlbPresets().getFirst(), 1).deniable() & Rights.EXECUTE) != 0;
        };
    }

    /** Whether its hosts may change what lies behind guests. */
    boolean letsHostChangeMemory() {
        return !vmm.name().equals("native") && !vmm.name().equals("static");
    }

    @Override
    public String toString() {
        return vmm.name() + " on " + mmuName;
    }
}
