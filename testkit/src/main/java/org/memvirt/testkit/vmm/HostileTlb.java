package org.memvirt.testkit.vmm;

import java.util.SplittableRandom;
import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.SoftwareTlb;
import org.memvirt.api.tlb.SoftwareTlb.Entry;
import org.memvirt.api.tlb.SoftwareTlb.Half;
import org.memvirt.api.vmm.GuestTlb;

/**
 * What a guest that means harm does to the TLB that it fills: entries of any size, tag and place, global or not, whose pages lead
 * anywhere, beyond its memory, too. It keeps one rule alone, that no two entries match one address: hardware leaves open what
 * comes of that.
 */
public final class HostileTlb {
    private static final int TAGS = 4;

    private final GuestTlb guest;
    private final SoftwareTlb shape;
    private final long guestBytes;
    private final SplittableRandom random;
    private final Entry entry = new Entry();
    private final Entry other = new Entry();

    HostileTlb(GuestTlb guest, SoftwareTlb shape, long guestBytes, SplittableRandom random) {
        this.guest = guest;
        this.shape = shape;
        this.guestBytes = guestBytes;
        this.random = random;
    }

    /** Runs in an address space by chance, and writes an entry around an address. */
    public void write(long address) {
        guest.selectTag(random.nextInt(TAGS));
        int shift = size();
        entry.present = random.nextInt(8) != 0;
        entry.pageShift = shift;
        entry.tag = random.nextInt(TAGS);
        entry.global = random.nextInt(4) == 0;
        entry.address = address & (shape.pairs() ? -2L : -1L) << shift;
        lead(entry.even, shift);
        lead(entry.odd, shift);
        removeOverlapping();
        if (random.nextBoolean()) {
            guest.writeRandom(entry);
        } else {
            guest.write(random.nextInt(guest.entries()), entry);
        }
    }

    private int size() {
        int skipped = random.nextInt(Long.bitCount(shape.wholeSizes()));
        long sizes = shape.wholeSizes();
        for (int i = 0; i < skipped; i++) {
            sizes &= sizes - 1;
        }
        int shift = Long.numberOfTrailingZeros(sizes);
        return random.nextBoolean() && 1L << shift <= guestBytes ? shift
                : Long.numberOfTrailingZeros(shape.wholeSizes());
    }

    private void lead(Half half, int shift) {
        int rights = random.nextInt(Rights.USER + 1);
        half.valid = random.nextInt(4) != 0;
        half.output = random.nextLong(random.nextInt(16) == 0 ? 2 * guestBytes : guestBytes) & -1L << shift;
        half.allowed = rights | rights << Rights.SUPERVISOR_SHIFT | Rights.ALL & ~shape.deniable();
    }

    private void removeOverlapping() {
        long bytes = bytes(entry);
        Entry nothing = new Entry();
        for (int index = 0; index < guest.entries(); index++) {
            guest.read(index, other);
            boolean overlaps = other.address < entry.address + bytes && entry.address < other.address + bytes(other);
            if (other.present && overlaps) {
                guest.write(index, nothing);
            }
        }
    }

    private long bytes(Entry of) {
        return (shape.pairs() ? 2L : 1L) << of.pageShift;
    }

    /** Where the guest's own entries lead an access; -1 if nowhere. */
    public long leadsTo(long address, int needed) {
        int index = guest.probe(address, guest.tag());
        if (index < 0) {
            return -1;
        }
        guest.read(index, other);
        Half half = other.half(address, shape.pairs());
        boolean may = half.valid && Rights.permit(half.allowed, needed);
        return may ? half.output + (address & (1L << other.pageShift) - 1) : -1;
    }
}
