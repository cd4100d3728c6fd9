package org.memvirt.api.vmm;

import java.util.Objects;
import org.memvirt.api.tlb.SoftwareTlb;
import org.memvirt.api.tlb.SoftwareTlb.Entry;
import org.memvirt.api.tlb.SoftwareTlb.Miss;

/**
 * The TLB of a guest whose hardware knows the TLB alone, as the guest's own instructions reach it. As it stands hardware
 * carries them out, and its exceptions are the guest's: no exit. A strategy overrides what differs, and records the exits.
 *
 * <p>The guest's output addresses are guest-physical. What it reads back is what it wrote. Called once an instruction or an
 * exception; must not allocate.
 */
public class GuestTlb {
    /** What the strategy may do to the vCPU. */
    protected final VcpuServices services;

    public GuestTlb(VcpuServices services) {
        this.services = services;
    }

    /** The TLB of the core that the vCPU runs on now. */
    protected final SoftwareTlb hardware() {
        return Objects.requireNonNull(services.softwareTlb(), "the vCPU's hardware walks page tables");
    }

    // The guest's instructions.

    /**
     * Whether the entries of hardware are the guest's own while it runs. They are then kept for it while its vCPU is off the
     * core. Otherwise the strategy keeps the guest's in memory, and what lies in hardware is its own business.
     */
    public boolean inHardware() {
        return true;
    }

    /** Loses all entries, as hardware's are lost: a measurement begins. No instruction of the guest's. */
    public void forget() {}

    /** How many entries the guest has. */
    public int entries() {
        return hardware().entries();
    }

    /** How many of them {@link #writeRandom} leaves alone. */
    public int wired() {
        return hardware().wired();
    }

    public void wire(int count) {
        hardware().wire(count);
    }

    /** The guest's tag of the address space that it runs in. */
    public int tag() {
        return hardware().tag();
    }

    public void selectTag(int tag) {
        hardware().selectTag(tag);
    }

    /** The index of the entry that matches the address in the address space of the tag, or -1. */
    public int probe(long address, int tag) {
        return hardware().probe(address, tag);
    }

    public void read(int index, Entry into) {
        hardware().read(index, into);
    }

    public void write(int index, Entry entry) {
        hardware().write(index, entry);
    }

    /** Writes an entry at a place of hardware's choice; returns the index. */
    public int writeRandom(Entry entry) {
        return hardware().writeRandom(entry);
    }

    // Exceptions.

    /**
     * An access has raised an exception of the first stage.
     *
     * @param miss what hardware says
     * @return the exception that the guest hears of, by its own entries; {@link Miss#NONE} if the VMM has answered it, so that
     *     the access is made again and the guest hears nothing
     * @throws VmStopped when the VM cannot go on
     */
    public Miss exception(Miss miss, long address, int needed) {
        return miss;
    }

    /** The guest's handler returns to what was interrupted. */
    public void returns() {}

    /**
     * The second stage's TLB has no entry for a guest-physical address, or one that does not allow the access: writes one that
     * does.
     *
     * @param needed as {@link org.memvirt.api.access.Rights}
     * @return whether that was a fault: the VMM's own table lacked it, too
     * @throws VmStopped when the VM cannot go on
     */
    public boolean fillStageTwo(long gpa, int needed) {
        throw new IllegalStateException("the guest has no second stage, and missed gPA %#x there".formatted(gpa));
    }
}
