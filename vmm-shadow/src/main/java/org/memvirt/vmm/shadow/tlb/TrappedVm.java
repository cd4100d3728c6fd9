package org.memvirt.vmm.shadow.tlb;

import java.util.ArrayList;
import java.util.List;
import org.memvirt.api.architecture.AddressLayout;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;
import org.memvirt.api.vmm.Host;
import org.memvirt.api.vmm.HostChange;
import org.memvirt.api.vmm.MappedVisitor;
import org.memvirt.api.vmm.VcpuServices;
import org.memvirt.api.vmm.VirtualCpu;
import org.memvirt.api.vmm.VirtualMachine;
import org.memvirt.api.vmm.VmRefused;
import org.memvirt.api.vmm.VmmCounter;

/** A VM by trap and emulate, where hardware knows the TLB alone. */
public final class TrappedVm implements VirtualMachine {
    /** How large a shadow of the guest's TLB is. */
    public static final Option LARGER = new Option(
            "larger-tlb",
            Option.Kind.INTEGER,
            "0",
            "where hardware knows the TLB alone: entries of a larger TLB that keeps what fell out of the guest's and answers"
                    + " misses without the guest, such as 1024; a power of two. 0: what the guest has in its own, and no more");

    private static final int MOST = 1 << 16;
    private static final int LEAST = 4;

    private final Host host;
    private final AddressLayout layout;
    private final int larger;
    private final TlbCounts counts = new TlbCounts();
    private final List<TrappedCpu> cpus = new ArrayList<>();

    /**
     * @param layout of the guest's addresses
     * @throws VmRefused for a value that is none of those an option has
     */
    public TrappedVm(Host host, AddressLayout layout, Options options) {
        this.host = host;
        this.layout = layout;
        long size = options.integer(LARGER.name());
        if (size != 0 && (size < LEAST || size > MOST || Long.bitCount(size) > 1)) {
            throw new VmRefused("strategy shadow: %s=%d is not 0 or a power of two from %d to %d"
                    .formatted(LARGER.name(), size, LEAST, MOST));
        }
        larger = (int) size;
    }

    @Override
    public VirtualCpu addCpu(VcpuServices services) {
        long seed = (long) host.vm() << Integer.SIZE | cpus.size();
        TrappedCpu cpu = new TrappedCpu(services, host.backing(), layout, larger, counts, seed);
        cpus.add(cpu);
        return cpu;
    }

    @Override
    public void destroy() {
        // It has no tables; what it keeps of the guest's TLB goes with it.
    }

    @Override
    public void hostMappingChanged(long gpa, long bytes, HostChange change) {
        cpus.forEach(cpu -> cpu.tlb().hostChanges(gpa, bytes));
    }

    @Override
    public void forEachMapped(long gpa, long bytes, MappedVisitor visitor) {
        cpus.forEach(cpu -> cpu.tlb().forEachMapped(gpa, bytes, visitor));
    }

    @Override
    public long tableBytes() {
        return 0;
    }

    @Override
    public List<VmmCounter> counters() {
        return counts.counters();
    }

    @Override
    public List<String> audit() {
        return cpus.stream().flatMap(cpu -> cpu.tlb().audit().stream()).toList();
    }
}
