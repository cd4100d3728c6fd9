package org.memvirt.engine.cpu;

import java.util.List;
import org.memvirt.api.architecture.TagPool;
import org.memvirt.api.tlb.SoftwareTlb;

/**
 * The tags that hardware has for address spaces, where software fills the TLBs and the VMMs of all guests share them out among
 * the address spaces of theirs. When the pool is empty every core's TLB is emptied, and vCPUs that are on a core keep the tag
 * that they run under.
 */
final class SpaceTags {
    private final TagPool pool;
    private final List<Core> cores;
    private final List<Vcpu> vcpus;

    /** @param vcpus all of the machine's */
    SpaceTags(int bits, List<Core> cores, List<Vcpu> vcpus) {
        pool = new TagPool(bits);
        this.cores = cores;
        this.vcpus = vcpus;
    }

    /** Whether a tag is still its holder's. */
    boolean isHeld(long held) {
        return pool.renewed(held) != 0;
    }

    /** What the holder of {@code held}, or of nothing, holds from now on. */
    long take(long held) {
        long renewed = held == 0 ? 0 : pool.renewed(held);
        if (renewed != 0) {
            return renewed;
        }
        long generation = pool.generation();
        long ticket = pool.take(
                vcpus.stream().filter(Vcpu::isOnCore).mapToLong(Vcpu::spaceTicket).toArray());
        if (pool.generation() != generation) {
            for (Core core : cores) {
                SoftwareTlb tlb = core.softwareTlb();
                if (tlb != null) {
                    tlb.invalidateAll();
                }
            }
        }
        return ticket;
    }
}
