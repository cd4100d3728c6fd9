package org.memvirt.vmm.shadow;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.memvirt.api.architecture.AddressLayout;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;
import org.memvirt.api.vmm.Host;
import org.memvirt.api.vmm.VirtualMachine;
import org.memvirt.api.vmm.VmRefused;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.vmm.shadow.tlb.TrappedVm;

/** Finds the strategy {@code shadow}. */
public final class ShadowVmm implements VmmProvider {
    private static final List<Option> OF_TLB = List.of(TrappedVm.LARGER);

    @Override
    public String name() {
        return "shadow";
    }

    @Override
    public String description() {
        return "shadow paging: a table of the VMM's in place of the guest's, kept in step with it; or its TLB, by trap and emulate";
    }

    @Override
    public List<Option> options() {
        return Stream.concat(ShadowOptions.all().stream(), OF_TLB.stream()).toList();
    }

    @Override
    public boolean usesStageTwo() {
        return false;
    }

    @Override
    public boolean deprivileges() {
        return true;
    }

    @Override
    public VirtualMachine create(Host host, Options options) {
        AddressLayout layout = host.layout();
        if (layout != null) {
            refuse(options, ShadowOptions.all(), OF_TLB, "keeps no shadow tables where hardware knows the TLB alone");
            return new TrappedVm(host, layout, options);
        }
        refuse(options, OF_TLB, ShadowOptions.all(), "keeps no TLB of the guest's where hardware walks page tables");
        return new ShadowVm(host, ShadowOptions.of(options));
    }

    /** Refuses an option that was given and means nothing here. */
    private static void refuse(Options options, List<Option> those, List<Option> allowed, String why) {
        for (Option option : those) {
            if (options.isGiven(option.name())) {
                throw new VmRefused("strategy shadow: %s=%s means nothing here: it %s; what can be given is %s"
                        .formatted(option.name(), options.text(option.name()), why,
                                allowed.stream().map(Option::name).collect(Collectors.joining(", "))));
            }
        }
    }
}
