package org.memvirt.testkit;

import org.memvirt.api.option.Options;
import org.memvirt.api.vmm.GuestTableCpu;
import org.memvirt.api.vmm.GuestTlb;
import org.memvirt.api.vmm.Host;
import org.memvirt.api.vmm.VcpuServices;
import org.memvirt.api.vmm.VirtualCpu;
import org.memvirt.api.vmm.VirtualMachine;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.api.walk.Walk;

/** No strategy at all: guest-physical is host-physical. What the engine's own tests run on; some trap stores. */
class BareMachine implements VmmProvider {
    @Override
    public String name() {
        return "bare";
    }

    @Override
    public String description() {
        return "for tests";
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
            public long tableBytes() {
                return 0;
            }

            @Override
            public boolean trapsStore(long gpa) {
                return BareMachine.this.trapsStore(gpa);
            }
        };
    }

    /** Whether the guest kernel's stores there are trapped. */
    boolean trapsStore(long gpa) {
        return false;
    }

    /** A store is trapped; returns whether it has been made. */
    boolean onStore(long gpa, long value) {
        throw new AssertionError("nothing is trapped");
    }

    private final class Cpu extends GuestTableCpu {
        private final GuestTlb guestTlb;

        Cpu(VcpuServices services) {
            super(services, services.hostPort(), services.softwarePort(), 48);
            guestTlb = new GuestTlb(services);
        }

        @Override
        public GuestTlb guestTlb() {
            return guestTlb;
        }

        @Override
        public Resolution onFault(Walk walk) {
            return Resolution.GUEST;
        }

        @Override
        public boolean onStore(long gpa, long value) {
            return BareMachine.this.onStore(gpa, value);
        }
    }
}
