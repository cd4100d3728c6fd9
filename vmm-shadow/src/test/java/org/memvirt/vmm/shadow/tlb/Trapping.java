package org.memvirt.vmm.shadow.tlb;

import java.util.List;
import java.util.Map;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;
import org.memvirt.api.vmm.Host;
import org.memvirt.api.vmm.VirtualMachine;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.vmm.shadow.ShadowVmm;

/** The strategy with a larger TLB of the test's choice. */
final class Trapping implements VmmProvider {
    private final ShadowVmm strategy = new ShadowVmm();
    private final int larger;

    /** @param larger entries of the larger TLB; 0 for none */
    Trapping(int larger) {
        this.larger = larger;
    }

    @Override
    public String name() {
        return strategy.name();
    }

    @Override
    public String description() {
        return strategy.description();
    }

    @Override
    public boolean usesStageTwo() {
        return strategy.usesStageTwo();
    }

    @Override
    public boolean deprivileges() {
        return strategy.deprivileges();
    }

    @Override
    public List<Option> options() {
        return strategy.options();
    }

    @Override
    public VirtualMachine create(Host host, Options options) {
        return strategy.create(host, new Options(
                "strategy shadow", strategy.options(), Map.of(TrappedVm.LARGER.name(), Integer.toString(larger))));
    }
}
