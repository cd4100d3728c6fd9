package org.memvirt.vmm.shadow.tlb;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.TagPool;
import org.memvirt.api.option.Sizes;
import org.memvirt.api.tlb.SoftwareTlb;
import org.memvirt.api.tlb.SoftwareTlb.Entry;
import org.memvirt.api.tlb.SoftwareTlb.Half;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.api.vmm.GuestBacking;
import org.memvirt.api.vmm.MappedVisitor;
import org.memvirt.api.vmm.VcpuServices;
import org.memvirt.api.vmm.VmStopped;

/**
 * What the VMM writes into hardware's TLB for one vCPU: entries of the guest's with host-physical addresses in the place of
 * guest-physical ones, as large as host memory is in one piece, and not global, since other guests' lie beside them. Each is
 * remembered here, so that it can be found again by what it leads to; another VM may have written over it meanwhile.
 *
 * <p>Hardware's tags are the host's. One vCPU holds one for each address space of its guest that ran on the core; on another
 * core it takes others, and what it left behind is out of reach until all tags begin anew.
 */
final class RealTlb {
    private static final long NOWHERE = -1;

    private final VcpuServices services;
    private final GuestBacking backing;
    private final TlbCounts counts;
    private final boolean pairs;
    private final int deniable;
    private final long sizes;
    private final Entry image = new Entry();
    private final Entry nothing = new Entry();
    private final Entry held = new Entry();

    // By index in hardware.
    private final long[] addresses;
    /** Offset bits of a page; 0 where nothing of this vCPU's is. */
    private final int[] shifts;
    private final int[] guestTags;
    private final int[] realTags;
    private final long[] evenGpas;
    private final long[] oddGpas;

    // By the guest's tag.
    private long[] tickets = new long[64];
    private int guestTag;
    private int realTag;
    private int core = -1;
    private int freed = -1;

    RealTlb(VcpuServices services, GuestBacking backing, TlbCounts counts) {
        this.services = services;
        this.backing = backing;
        this.counts = counts;
        SoftwareTlb tlb = hardware();
        pairs = tlb.pairs();
        deniable = tlb.deniable();
        sizes = tlb.wholeSizes();
        addresses = new long[tlb.entries()];
        shifts = new int[tlb.entries()];
        guestTags = new int[tlb.entries()];
        realTags = new int[tlb.entries()];
        evenGpas = new long[tlb.entries()];
        oddGpas = new long[tlb.entries()];
    }

    private SoftwareTlb hardware() {
        return Objects.requireNonNull(services.softwareTlb(), "the vCPU's hardware walks page tables");
    }

    boolean pairs() {
        return pairs;
    }

    int entries() {
        return addresses.length;
    }

    /** Sizes of pages that hardware has, a bit each. */
    long sizes() {
        return sizes;
    }

    // Tags.

    /** The vCPU begins to run on a core. */
    void enter(int number, int tag) {
        if (number != core) {
            core = number;
            freed = -1;
            Arrays.fill(shifts, 0);
            Arrays.fill(tickets, 0);
        }
        SoftwareTlb tlb = hardware();
        tlb.deprivilege();
        tlb.wire(0);
        select(tag);
    }

    /** Accesses are made in another address space of the guest's, under whatever tag hardware has for it. */
    void select(int tag) {
        if (tag >= tickets.length) {
            tickets = Arrays.copyOf(tickets, Math.max(tag + 1, 2 * tickets.length));
        }
        long held = services.spaceTag(tickets[tag]);
        counts.tagsTaken += held == tickets[tag] ? 0 : 1;
        tickets[tag] = held;
        guestTag = tag;
        realTag = TagPool.tag(held);
        hardware().selectTag(realTag);
    }

    // Filling.

    /**
     * Writes what the guest's entry says of the page around an address, and of its neighbour if hardware has pairs.
     *
     * @param entry which covers the address, and whose page there is valid
     * @param needed what an access there needs: memory is got for it; {@link Rights#NONE} to take what there is, and to write
     *     nothing if that is nothing
     * @throws VmStopped for a page that is not the guest's, or that its host does not let it use so
     */
    void fill(long address, Entry entry, int needed) {
        Half half = entry.half(address, pairs);
        long gpa = half.output + (address & (1L << entry.pageShift) - 1);
        if (needed == Rights.NONE ? find(gpa) < 0 : !populate(gpa, needed)) {
            return;
        }
        int shift = sizeOf(Math.min(entry.pageShift, backing.contiguousShift(gpa)));
        long page = 1L << shift;
        long first = address & (pairs ? -2 * page : -page);
        boolean odd = pairs && (address & page) != 0;
        long neighbour = !pairs ? NOWHERE
                : shift < entry.pageShift ? gpa ^ page
                : (odd ? entry.even : entry.odd).valid ? (odd ? entry.even : entry.odd).output : NOWHERE;
        Half other = shift < entry.pageShift ? half : odd ? entry.even : entry.odd;
        place(odd ? image.odd : image.even, half, gpa & -page);
        if (neighbour != NOWHERE && (find(neighbour) < 0 || backing.contiguousShift(neighbour) < shift)) {
            neighbour = NOWHERE;
        }
        place(odd ? image.even : image.odd, other, neighbour == NOWHERE ? NOWHERE : neighbour & -page);
        image.present = true;
        image.address = first;
        image.pageShift = shift;
        image.tag = realTag;
        image.global = false;
        int index = write(first, shift);
        evenGpas[index] = odd ? gpaOf(neighbour, page) : gpa & -page;
        oddGpas[index] = odd ? gpa & -page : gpaOf(neighbour, page);
    }

    private static long gpaOf(long gpa, long page) {
        return gpa == NOWHERE ? NOWHERE : gpa & -page;
    }

    private int write(long first, int shift) {
        SoftwareTlb tlb = hardware();
        remove(first, (pairs ? 2L : 1L) << shift, guestTag, false);
        int index = freed;
        if (isFree(tlb)) {
            tlb.write(index, image);
        } else {
            index = tlb.writeRandom(image);
        }
        freed = -1;
        counts.written++;
        addresses[index] = first;
        shifts[index] = shift;
        guestTags[index] = guestTag;
        realTags[index] = realTag;
        return index;
    }

    /** Whether nothing has been written where an entry was removed last. */
    private boolean isFree(SoftwareTlb tlb) {
        if (freed < 0) {
            return false;
        }
        tlb.read(freed, held);
        return !held.present;
    }

    private void place(Half into, Half guest, long gpa) {
        int host = gpa == NOWHERE ? Rights.NONE : backing.rights(gpa);
        into.valid = host != Rights.NONE;
        into.output = into.valid ? backing.find(gpa) : 0;
        into.allowed = into.valid ? guest.allowed & (host | ~deniable) : 0;
        into.cacheAttribute = guest.cacheAttribute;
    }

    private long find(long gpa) {
        return gpa < 0 || gpa >= backing.size() ? -1 : backing.find(gpa);
    }

    /** Gets memory for an access, if there is none that allows it. */
    private boolean populate(long gpa, int needed) {
        if (gpa < 0 || gpa >= backing.size()) {
            services.exit(ExitCause.OUT_OF_BOUNDS);
            throw new VmStopped("the guest maps gPA %#x in its TLB, but its memory ends at %#x"
                    .formatted(gpa, backing.size()));
        }
        if (backing.find(gpa) < 0 || !Rights.permit(backing.rights(gpa), needed)) {
            if (backing.populate(gpa, needed) < 0) {
                throw new VmStopped("the guest may not do %s at gPA %#x, which its host holds read-only"
                        .formatted(Rights.text(needed), gpa));
            }
        }
        return true;
    }

    private int sizeOf(int shift) {
        long fitting = sizes & (2L << shift) - 1;
        if (fitting == 0) {
            throw new IllegalStateException(
                    "hardware has no page as small as the %s that the host keeps in one piece"
                            .formatted(Sizes.ofPage(shift)));
        }
        return Long.SIZE - 1 - Long.numberOfLeadingZeros(fitting);
    }

    /** Whether hardware has an entry for an address in the address space that runs. */
    boolean has(long address) {
        return hardware().probe(address, realTag) >= 0;
    }

    // Removing.

    /** Removes what covers a part of a range in an address space of the guest's; with {@code everywhere}, in any. */
    void remove(long address, long bytes, int tag, boolean everywhere) {
        for (int index = 0; index < shifts.length; index++) {
            if (shifts[index] != 0
                    && (everywhere || guestTags[index] == tag)
                    && GuestEntries.overlap(address, bytes, addresses[index], (pairs ? 2L : 1L) << shifts[index])) {
                remove(index);
            }
        }
    }

    /** Removes what leads to a part of a range of guest-physical memory. */
    void removeLeadingTo(long gpa, long bytes) {
        for (int index = 0; index < shifts.length; index++) {
            if (shifts[index] != 0 && (leadsTo(evenGpas[index], shifts[index], gpa, bytes)
                    || leadsTo(oddGpas[index], shifts[index], gpa, bytes))) {
                counts.removedForHost++;
                remove(index);
            }
        }
    }

    /** Tells the pages of guest-physical memory to which entries lead; each counts as used, for no entry has a mark of it. */
    void forEachLeadingTo(long gpa, long bytes, MappedVisitor visitor) {
        for (int index = 0; index < shifts.length; index++) {
            for (long page : new long[] {evenGpas[index], oddGpas[index]}) {
                if (shifts[index] != 0 && leadsTo(page, shifts[index], gpa, bytes)) {
                    visitor.accept(page, shifts[index], true, true);
                }
            }
        }
    }

    private static boolean leadsTo(long page, int shift, long gpa, long bytes) {
        return page != NOWHERE && page < gpa + bytes && gpa < page + (1L << shift);
    }

    /** Removes all. */
    void removeAll() {
        for (int index = 0; index < shifts.length; index++) {
            if (shifts[index] != 0) {
                remove(index);
            }
        }
    }

    private void remove(int index) {
        if (holds(index)) {
            hardware().write(index, nothing);
            freed = index;
        }
        shifts[index] = 0;
    }

    /** Whether hardware still has there what this vCPU wrote. */
    private boolean holds(int index) {
        return hardware().probe(addresses[index], realTags[index]) == index;
    }

    // Checking.

    /** Whether the guest's own entries let an address lead to this gPA; for {@link #audit}. */
    interface Explained {
        boolean by(long address, int guestTag, long gpa);
    }

    /** What is in hardware for the address spaces of this vCPU and should not be. */
    List<String> audit(Explained explained) {
        List<String> broken = new ArrayList<>();
        for (int index = 0; index < shifts.length; index++) {
            if (shifts[index] == 0 || !holds(index)) {
                continue;
            }
            long ticket = tickets[guestTags[index]];
            // The tag may be another VM's by now, or another address space's.
            if (TagPool.tag(ticket) != realTags[index] || !services.holdsSpaceTag(ticket)) {
                continue;
            }
            hardware().read(index, held);
            audit(held.even, addresses[index], guestTags[index], evenGpas[index], explained, broken);
            if (pairs) {
                long second = addresses[index] + (1L << shifts[index]);
                audit(held.odd, second, guestTags[index], oddGpas[index], explained, broken);
            }
        }
        return broken;
    }

    private void audit(
            Half half, long address, int tag, long gpa, Explained explained, List<String> broken) {
        if (!half.valid) {
            return;
        }
        if (half.output != backing.find(gpa)) {
            broken.add("hardware leads %#x to hPA %#x, but gPA %#x lies at %#x"
                    .formatted(address, half.output, gpa, backing.find(gpa)));
        }
        if ((half.allowed & deniable & ~backing.rights(gpa)) != 0) {
            broken.add("hardware allows %s at %#x, where the host allows %s"
                    .formatted(Rights.text(half.allowed), address, Rights.text(backing.rights(gpa))));
        }
        if (!explained.by(address, tag, gpa)) {
            broken.add("hardware leads %#x of the guest's tag %d to gPA %#x, and no entry of the guest's does"
                    .formatted(address, tag, gpa));
        }
    }
}
