package org.memvirt.runner.config;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.option.Options;
import org.memvirt.api.tlb.TlbPreset;
import org.memvirt.api.tlb.TlbProvider;
import org.memvirt.engine.block.PresetTlb;
import org.memvirt.runner.usage.WrongUsage;

/**
 * The TLBs that {@code --tlb} names.
 *
 * @param resolved their name with the values of all options, as it could be given
 */
record TlbChoice(TlbProvider provider, Options values, String resolved) {
    /**
     * The preset that they are made from, for what it alone tells.
     *
     * @throws org.memvirt.runner.usage.WrongUsage when they are a plug-in's
     */
    TlbPreset preset() {
        if (provider instanceof PresetTlb named) {
            return named.preset();
        }
        throw new WrongUsage(
                "--tlb %s: software fills the TLBs of this MMU, which are its presets".formatted(resolved));
    }

    /**
     * Chooses one of {@code all}.
     *
     * @param given what the option says; null for the first
     * @throws org.memvirt.runner.usage.WrongUsage when there is none of that name, or it does not take its options
     */
    static TlbChoice of(Backends backends, List<TlbProvider> all, @Nullable String given) {
        Selection selection = given == null
                ? new Selection(all.getFirst().name(), Map.of())
                : Selection.parse("--tlb", given);
        TlbProvider provider = backends.used(
                Selection.among("--tlb", "TLB preset", selection.name(), all, TlbProvider::name));
        Options values = selection.values("--tlb", "TLB", provider.options());
        return new TlbChoice(provider, values, selection.resolved(provider.options(), values));
    }
}
