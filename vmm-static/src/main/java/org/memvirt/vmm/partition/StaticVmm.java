package org.memvirt.vmm.partition;

import java.util.List;
import java.util.stream.Stream;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;
import org.memvirt.api.vmm.Host;
import org.memvirt.api.vmm.VirtualMachine;
import org.memvirt.api.vmm.VmmProvider;

/** Finds the strategy {@code static}. */
public final class StaticVmm implements VmmProvider {
    private static final Option OUT_OF_BOUNDS = new Option("out-of-bounds", Option.Kind.TEXT, "",
            "what a VM gets that touches memory outside its own: stop (if nothing is said), or machine-check, which its"
                    + " kernel takes; where hardware knows the TLB alone it is stopped");

    @Override
    public String name() {
        return "static";
    }

    @Override
    public String description() {
        return "static partitioning: guest-physical memory is one contiguous piece of the host's, base and bound";
    }

    @Override
    public List<Option> options() {
        return Stream.concat(Placement.options().stream(), Stream.of(OUT_OF_BOUNDS)).toList();
    }

    @Override
    public boolean usesStageTwo() {
        return false;
    }

    @Override
    public VirtualMachine create(Host host, Options options) {
        OutOfBounds outOfBounds = OutOfBounds.of(options.text(OUT_OF_BOUNDS.name()));
        long base = Placement.of(options).reserve(host);
        return new PartitionVm(base, host.backing().size(), outOfBounds);
    }
}
