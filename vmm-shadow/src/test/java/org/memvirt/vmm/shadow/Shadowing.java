package org.memvirt.vmm.shadow;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;
import org.memvirt.api.vmm.Host;
import org.memvirt.api.vmm.VirtualMachine;
import org.memvirt.api.vmm.VmmProvider;

/** The strategy with options of the test's choice in the place of its defaults. */
final class Shadowing implements VmmProvider {
    private final ShadowVmm strategy = new ShadowVmm();
    private final Map<String, String> chosen;

    Shadowing(Map<String, String> chosen) {
        this.chosen = chosen;
    }

    /** The VM that a machine made. */
    static ShadowVm vm(VirtualMachine machine) {
        return (ShadowVm) machine;
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
    public List<Option> options() {
        return strategy.options();
    }

    @Override
    public VirtualMachine create(Host host, Options options) {
        Map<String, String> all = new HashMap<>(options.asMap());
        all.putAll(chosen);
        return strategy.create(host, new Options("strategy shadow", strategy.options(), all));
    }
}
