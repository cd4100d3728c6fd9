package org.memvirt.vmm.shadow;

import java.util.List;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;
import org.memvirt.api.vmm.Host;
import org.memvirt.api.vmm.VirtualMachine;
import org.memvirt.api.vmm.VmmProvider;

/** Finds the strategy {@code shadow}. */
public final class ShadowVmm implements VmmProvider {
    @Override
    public String name() {
        return "shadow";
    }

    @Override
    public String description() {
        return "shadow paging: a table of the VMM's in place of the guest's, kept in step with it";
    }

    @Override
    public List<Option> options() {
        return ShadowOptions.all();
    }

    @Override
    public boolean usesStageTwo() {
        return false;
    }

    @Override
    public VirtualMachine create(Host host, Options options) {
        return new ShadowVm(host, ShadowOptions.of(options));
    }
}
