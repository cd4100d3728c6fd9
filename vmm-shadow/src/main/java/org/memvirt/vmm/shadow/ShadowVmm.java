package org.memvirt.vmm.shadow;

import java.util.List;
import java.util.stream.Stream;
import org.memvirt.api.architecture.AddressLayout;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;
import org.memvirt.api.vmm.Host;
import org.memvirt.api.vmm.VirtualMachine;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.vmm.shadow.tlb.TrappedVm;

/** Finds the strategy {@code shadow}. */
public final class ShadowVmm implements VmmProvider {
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
        return Stream.concat(ShadowOptions.all().stream(), Stream.of(TrappedVm.LARGER)).toList();
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
            return new TrappedVm(host, layout, options);
        }
        return new ShadowVm(host, ShadowOptions.of(options));
    }
}
