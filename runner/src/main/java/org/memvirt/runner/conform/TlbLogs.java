package org.memvirt.runner.conform;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.architecture.MmuProvider;
import org.memvirt.api.tlb.TlbPreset;
import org.memvirt.conform.TlbLog;
import org.memvirt.runner.file.UnpackedFile;
import org.memvirt.runner.plugin.Plugin;
import org.memvirt.runner.plugin.Plugins;
import org.memvirt.runner.usage.WrongUsage;

/**
 * Logs of what machines did to their TLBs. They have no header: a log is known by its first line, and the machine's TLB is
 * named on the command line.
 *
 * @param mmus that there are
 * @param tlb the name of the machine's TLB, or null for the first of the MMU that reads the log
 */
public record TlbLogs(Plugins<MmuProvider> mmus, @Nullable String tlb) {
    /** What a log is called where files of vectors have the names of their families. */
    static final String FAMILY = "TLB events";

    /**
     * The log that a file is, or null if it is none.
     *
     * @throws WrongUsage when the MMU that reads it has no TLB of that name
     */
    @Nullable TlbLog open(UnpackedFile file) {
        for (Plugin<MmuProvider> plugin : mmus.all()) {
            if (mmus.folder().ask(plugin, MmuProvider::architecture) instanceof ArchitectedTlb mmu
                    && TlbLog.isOne(file.beginning, mmu)) {
                return new TlbLog(file.name, mmu, mmu.processor(preset(plugin.name(), mmu)));
            }
        }
        return null;
    }

    private TlbPreset preset(String mmuName, ArchitectedTlb mmu) {
        if (tlb == null) {
            return mmu.tlbPresets().getFirst();
        }
        List<String> names = new ArrayList<>();
        for (TlbPreset preset : mmu.tlbPresets()) {
            if (preset.name().equals(tlb)) {
                return preset;
            }
            names.add(preset.name());
        }
        throw new WrongUsage("--tlb %s: %s has no TLB of that name; it has %s"
                .formatted(tlb, mmuName, String.join(", ", names)));
    }
}
