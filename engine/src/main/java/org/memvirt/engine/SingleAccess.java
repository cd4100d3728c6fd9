package org.memvirt.engine;

import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.tlb.SoftwareTlb.Entry;
import org.memvirt.api.vmm.GuestTlb;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkObserver;

/** Accesses that the program of a machine's first guest makes on its first vCPU, one at a time. Addresses are in bytes. */
public final class SingleAccess {
    private final Machine machine;

    SingleAccess(Machine machine) {
        this.machine = machine;
    }

    /**
     * Makes one access and then asks the walker anew, past all caches.
     *
     * @param observer is told each step of that walk
     * @return its answer, valid until the next call; or its fault, if the guest program may not make the access
     */
    public Walk translate(long address, int rights, @Nullable WalkObserver observer) {
        long untaggedAddress = machine.config().format().untagged(address, rights);
        AccessBatch batch = new AccessBatch(1);
        batch.add(untaggedAddress, rights);
        machine.vcpu().execute(batch, 0);
        return machine.vcpu().ask(untaggedAddress, rights, observer);
    }

    /**
     * Makes one access, empties the TLB, and makes it again: what the guest's handlers do then. {@link Machine#counters} tell of
     * that alone.
     *
     * @param observer is told each load of a handler's, at its guest-physical address
     * @param into the entry that the guest then reads for the address
     * @return the entry's index; -1 if the guest program may not make the access, or no entry matches
     * @throws IllegalStateException where hardware walks page tables
     */
    public int refill(long address, int rights, WalkObserver observer, Entry into) {
        GuestTlb guest = machine.vcpu().guestTlb();
        if (guest == null) {
            throw new IllegalStateException("hardware fills this TLB");
        }
        AccessBatch batch = new AccessBatch(1);
        batch.add(address, rights);
        if (machine.vcpu().execute(batch, 0) == 0) {
            return -1;
        }
        machine.beginCounting();
        machine.observe(observer);
        machine.vcpu().execute(batch, 0);
        machine.observe(null);
        int index = guest.probe(address, guest.tag());
        if (index >= 0) {
            guest.read(index, into);
        }
        return index;
    }
}
