package org.memvirt.engine.cpu;

import java.util.ArrayList;
import java.util.List;
import org.memvirt.api.architecture.TagPool;
import org.memvirt.api.invalidation.CacheTags;
import org.memvirt.api.invalidation.InvalidationEvent;

/**
 * Gives every vCPU that enters a core a tag for what is cached of its VM (VPID, ASID, VMID), from a pool as large as the
 * hardware's tags. Each vCPU has its own: two of one VM may have the same address-space tags for different tables. When the
 * pool is empty a new generation begins: every core drops what is cached of any VM, and vCPUs that are on a core keep their
 * tags.
 */
public final class VmTags {
    /** The tag of the host, and of a vCPU that is given none. */
    static final int HOST = 0;

    private final TagPool pool;
    private final List<Core> cores;
    private final List<Vcpu> vcpus = new ArrayList<>();
    private final SpaceTags spaces;
    private long rollOvers;

    /**
     * @param bits of a tag; 0 where hardware has none
     * @param spaceBits of a tag of an address space, likewise
     */
    public VmTags(int bits, int spaceBits, List<Core> cores) {
        pool = new TagPool(bits);
        this.cores = List.copyOf(cores);
        spaces = new SpaceTags(spaceBits, this.cores, vcpus);
    }

    /** The tags of address spaces, where VMMs share them out. */
    SpaceTags spaces() {
        return spaces;
    }

    /** All cores of the machine. */
    public List<Core> cores() {
        return cores;
    }

    void add(Vcpu vcpu) {
        vcpus.add(vcpu);
    }

    /** Whether hardware has tags of VMs at all. */
    boolean exist() {
        return pool.bits() > 0;
    }

    /** The ticket of a vCPU that enters a core, where {@code held} is what it had before, or 0. */
    long enter(long held) {
        long renewed = pool.renewed(held);
        if (renewed != 0) {
            return renewed;
        }
        long generation = pool.generation();
        long ticket = pool.take(active());
        if (pool.generation() != generation) {
            rollOvers++;
            Operand none = Operand.of(new CacheTags(HOST, 0, CacheTags.NO_STAGE_TWO));
            cores.forEach(core -> core.happens(InvalidationEvent.ALL_VMS, none));
        }
        return ticket;
    }

    private long[] active() {
        return vcpus.stream().filter(Vcpu::isOnCore).mapToLong(Vcpu::vmTicket).toArray();
    }

    /** How often a new generation began. */
    public long rollOvers() {
        return rollOvers;
    }
}
