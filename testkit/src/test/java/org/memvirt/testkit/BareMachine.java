package org.memvirt.testkit;

import java.util.List;
import org.memvirt.api.mmu.Invalidation;
import org.memvirt.api.mmu.PageTableFormat;
import org.memvirt.api.mmu.Unpaged;
import org.memvirt.api.mmu.Walk;
import org.memvirt.api.mmu.WalkPort;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;
import org.memvirt.api.vmm.Host;
import org.memvirt.api.vmm.VcpuServices;
import org.memvirt.api.vmm.VirtualCpu;
import org.memvirt.api.vmm.VirtualMachine;
import org.memvirt.api.vmm.VmmProvider;

/** No strategy at all: guest-physical is host-physical. What the engine's own tests run on. */
final class BareMachine implements VmmProvider {
    @Override
    public String name() {
        return "bare";
    }

    @Override
    public String description() {
        return "for tests";
    }

    @Override
    public List<Option> options() {
        return List.of();
    }

    @Override
    public boolean isVirtual() {
        return false;
    }

    @Override
    public boolean usesStageTwo() {
        return false;
    }

    @Override
    public VirtualMachine create(Host host, Options options) {
        if (host.backing().reserveContiguous() != 0) {
            throw new AssertionError("the machine's memory does not begin at 0");
        }
        return new VirtualMachine() {
            @Override
            public VirtualCpu addCpu(VcpuServices services) {
                return new Cpu(services);
            }

            @Override
            public void hostMappingChanged(long gpa, long bytes) {
                throw new UnsupportedOperationException();
            }

            @Override
            public long tableBytes() {
                return 0;
            }
        };
    }

    private static final class Cpu implements VirtualCpu {
        private final VcpuServices services;
        private PageTableFormat format = new Unpaged(48);
        private long root;

        Cpu(VcpuServices services) {
            this.services = services;
        }

        @Override
        public PageTableFormat format() {
            return format;
        }

        @Override
        public long root() {
            return root;
        }

        @Override
        public WalkPort port() {
            return services.hostPort();
        }

        @Override
        public WalkPort uncachedPort() {
            return services.softwarePort();
        }

        @Override
        public WalkPort guestPort() {
            return services.softwarePort();
        }

        @Override
        public Resolution onFault(Walk walk) {
            return Resolution.GUEST;
        }

        @Override
        public void pagingOn(PageTableFormat guestFormat, long newRoot, int asid) {
            format = guestFormat;
            root = newRoot;
        }

        @Override
        public void loadRoot(long newRoot, int asid) {
            root = newRoot;
        }

        @Override
        public void invalidate(Invalidation stale, int asid) {
            // Nobody else keeps anything.
        }
    }
}
