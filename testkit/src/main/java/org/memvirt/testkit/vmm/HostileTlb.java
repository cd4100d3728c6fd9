package org.memvirt.testkit.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.SoftwareTlb;
import org.memvirt.api.tlb.SoftwareTlb.Entry;
import org.memvirt.api.tlb.SoftwareTlb.Half;
import org.memvirt.api.vmm.GuestTlb;

/**
 * What a guest that means harm does to the TLB that it fills: entries of any size, tag and place, global or not, whose pages lead
 * anywhere, beyond its memory, too. It keeps one rule alone, that no two entries match one address: hardware leaves open what
 * comes of that.
 *
 * <p>It remembers what it wrote, and so where each access may lead. What a random write replaced may go on to be used where a
 * VMM keeps the guest's entries, until the guest knows that it is gone.
 */
public final class HostileTlb {
    private final GuestTlb guest;
    private final SoftwareTlb shape;
    private final long guestBytes;
    private final int tags;
    private final SplittableRandom random;
    private final Entry entry = new Entry();
    private final Entry nothing = new Entry();
    private final Entry[] written;
    private final List<Entry> replaced = new ArrayList<>();

    /**
     * @param shape the TLB of a core, for what entries can hold
     * @param tags of address spaces that it makes use of
     */
    public HostileTlb(GuestTlb guest, SoftwareTlb shape, long guestBytes, int tags, SplittableRandom random) {
        this.guest = guest;
        this.shape = shape;
        this.guestBytes = guestBytes;
        this.tags = tags;
        this.random = random;
        written = new Entry[guest.entries()];
        Arrays.setAll(written, index -> new Entry());
        readAll();
    }

    /** Runs in an address space by chance. */
    public void switchSpace() {
        guest.selectTag(random.nextInt(tags));
    }

    /** Writes an entry around an address. */
    public void write(long address) {
        int shift = size();
        entry.present = random.nextInt(8) != 0;
        entry.pageShift = shift;
        entry.tag = random.nextBoolean() ? guest.tag() : random.nextInt(tags);
        entry.global = random.nextInt(4) == 0;
        entry.address = address & -bytes(shift);
        lead(entry.even, shift);
        lead(entry.odd, shift);
        removeConflicting();
        if (random.nextBoolean()) {
            int index = guest.writeRandom(entry);
            if (written[index].present && !guest.inHardware()) {
                Entry old = new Entry();
                old.set(written[index]);
                replaced.add(old);
            }
            note(index);
        } else {
            int index = random.nextInt(guest.entries());
            guest.write(index, entry);
            note(index);
        }
    }

    private void note(int index) {
        written[index].set(entry);
        replaced.removeIf(old -> conflict(old, entry));
    }

    private int size() {
        long sizes = shape.wholeSizes();
        int smallest = Long.numberOfTrailingZeros(sizes);
        int skipped = random.nextInt(Long.bitCount(sizes));
        for (int i = 0; i < skipped; i++) {
            sizes &= sizes - 1;
        }
        int shift = Long.numberOfTrailingZeros(sizes);
        return random.nextInt(4) == 0 && 1L << shift <= guestBytes ? shift : smallest;
    }

    private void lead(Half half, int shift) {
        int rights = random.nextBoolean() ? Rights.USER : random.nextInt(Rights.USER + 1);
        half.valid = random.nextInt(8) != 0;
        half.output = random.nextLong(random.nextInt(16) == 0 ? 2 * guestBytes : guestBytes) & -1L << shift;
        half.allowed = rights | rights << Rights.SUPERVISOR_SHIFT | Rights.ALL & ~shape.deniable();
    }

    private void removeConflicting() {
        for (int index = 0; index < written.length; index++) {
            if (conflict(written[index], entry)) {
                guest.write(index, nothing);
                written[index].present = false;
            }
        }
    }

    /** Whether there are addresses that both would match. */
    private boolean conflict(Entry one, Entry other) {
        long first = one.address;
        long second = other.address;
        return one.present
                && other.present
                && (one.global || other.global || one.tag == other.tag)
                && (Long.compareUnsigned(second - first, bytes(one.pageShift)) < 0
                        || Long.compareUnsigned(first - second, bytes(other.pageShift)) < 0);
    }

    private long bytes(int pageShift) {
        return (shape.pairs() ? 2L : 1L) << pageShift;
    }

    /** Has all entries but the wired ones match nothing. */
    public void removeAll() {
        for (int index = guest.wired(); index < written.length; index++) {
            guest.write(index, nothing);
            written[index].present = false;
        }
        replaced.clear();
    }

    /** Probes for an address, and finds what it wrote. */
    public void probe(long address) {
        int tag = guest.tag();
        int index = guest.probe(address, tag);
        if (index >= 0) {
            assertThat(matches(written[index], address)).as("entry %d was written to match %#x", index, address)
                    .isTrue();
            return;
        }
        assertThat(written).as("no entry matches %#x", address).noneMatch(each -> matches(each, address));
        replaced.removeIf(old -> matches(old, address));
    }

    /**
     * Reads all entries, and compares them with what it wrote.
     *
     * @param others how many entries its own kernel may have written since
     */
    public void checkAll(int others) {
        List<String> changed = new ArrayList<>();
        for (int index = 0; index < written.length; index++) {
            guest.read(index, entry);
            if (!same(entry, written[index])) {
                changed.add("%d: %s, and was %s".formatted(index, text(entry), text(written[index])));
            }
        }
        assertThat(changed).as("entries that read as they were not written").hasSizeLessThanOrEqualTo(others);
        readAll();
    }

    /** Takes what is in its TLB for its own: its kernel has worked there. */
    public void readAll() {
        for (int index = 0; index < written.length; index++) {
            guest.read(index, written[index]);
        }
        replaced.clear();
    }

    private boolean same(Entry one, Entry other) {
        if (!one.present || !other.present) {
            return one.present == other.present;
        }
        // Hardware of 32 bits may leave out the sign.
        return (int) one.address == (int) other.address
                && one.pageShift == other.pageShift
                && one.global == other.global
                && (one.global || one.tag == other.tag)
                && same(one.even, other.even)
                && (!shape.pairs() || same(one.odd, other.odd));
    }

    private static String text(Entry of) {
        return of.present
                ? "2^%d at %#x of %s to %s and %s".formatted(of.pageShift, of.address, of.global ? "all" : "" + of.tag,
                        of.even.valid ? Long.toHexString(of.even.output) : "none",
                        of.odd.valid ? Long.toHexString(of.odd.output) : "none")
                : "nothing";
    }

    private static boolean same(Half one, Half other) {
        return one.valid == other.valid
                && (!one.valid || one.output == other.output && one.allowed == other.allowed);
    }

    /** Whether an entry of its own matches an address in the space that it runs in. */
    public boolean has(long address) {
        return matching(address) != null;
    }

    /** Where its entries lead an access, as guest-physical address; -1 if nowhere. */
    public long leadsTo(long address, int needed) {
        Entry match = matching(address);
        return match == null ? -1 : leadsTo(match, address, needed);
    }

    /** Where an access may lead that none of its entries matches, by what a random write replaced; -1 if nowhere. */
    public long mayLeadTo(long address, int needed) {
        return replaced.stream()
                .filter(old -> matches(old, address))
                .mapToLong(old -> leadsTo(old, address, needed))
                .reduce(-1, (before, last) -> last);
    }

    private long leadsTo(Entry from, long address, int needed) {
        Half half = from.half(address, shape.pairs());
        boolean may = half.valid && Rights.permit(half.allowed, needed);
        return may ? half.output + (address & (1L << from.pageShift) - 1) : -1;
    }

    private @Nullable Entry matching(long address) {
        return Arrays.stream(written).filter(each -> matches(each, address)).findFirst().orElse(null);
    }

    private boolean matches(Entry of, long address) {
        return of.present
                && (of.global || of.tag == guest.tag())
                && Long.compareUnsigned(address - of.address, bytes(of.pageShift)) < 0;
    }
}
