package org.memvirt.vmm.nested;

import java.util.List;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;
import org.memvirt.api.vmm.Host;
import org.memvirt.api.vmm.VirtualMachine;
import org.memvirt.api.vmm.VmmProvider;

/** Finds the strategy {@code nested}. */
public final class NestedVmm implements VmmProvider {
    @Override
    public String name() {
        return "nested";
    }

    @Override
    public String description() {
        return "nested paging: a two-dimensional walk through the guest's table and the VMM's second stage";
    }

    @Override
    public List<Option> options() {
        return List.of(new Option(
                "vm-tags",
                Option.Kind.SWITCH,
                "on",
                "whether cached translations carry the VM's tag; off flushes those of guest addresses at every exit and entry"));
    }

    @Override
    public boolean usesStageTwo() {
        return true;
    }

    @Override
    public VirtualMachine create(Host host, Options options) {
        return new NestedVm(host, options.isOn("vm-tags"));
    }
}
