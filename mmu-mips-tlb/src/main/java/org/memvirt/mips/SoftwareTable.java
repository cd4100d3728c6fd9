package org.memvirt.mips;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.memvirt.api.access.Rights;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;
import org.memvirt.api.option.Sizes;
import org.memvirt.api.radix.Geometry;
import org.memvirt.api.radix.RadixFormat;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.walk.Stage;

/**
 * The page tables that Linux keeps on MIPS for its own use: arch/mips/include/asm/pgtable-32.h, pgtable-64.h and
 * pgtable-bits.h. Hardware never sees them. An entry is what EntryLo takes, six bits higher, and below it bits that software
 * has for itself: present, read, write, accessed, modified, huge. What a walk marks is marked by the handler that makes it.
 *
 * <p>Not as Linux has them: an entry of an upper level holds the physical address of the next table, not the kernel's
 * virtual one, and the present bit; and V and D, which Linux keeps worked out in each entry, are worked out by the handler,
 * V of a page that is accessed and may be read, D of one that is modified and may be written. A page can be executed where
 * it can be read.
 */
final class SoftwareTable extends RadixFormat {
    private static final long PRESENT = 1;
    private static final long READ = 1 << 1;
    private static final long WRITE = 1 << 2;
    private static final long ACCESSED = 1 << 3;
    private static final long MODIFIED = 1 << 4;
    private static final long HUGE = 1 << 5;
    private static final long GLOBAL = 1 << 6;
    private static final int PAGE_BITS = 12;
    private static final int PHYSICAL_BITS_32 = 32;
    private static final int PHYSICAL_BITS_64 = 36;

    private static final Option PAGE =
            new Option("page", Option.Kind.TEXT, "4K", "the kernel's page size: 4K, 16K or 64K");

    private final String name;
    private final boolean wide;

    private SoftwareTable(String name, boolean wide, Geometry geometry) {
        super(geometry, AccessedUpdate.DESCENDING);
        this.name = name;
        this.wide = wide;
    }

    /** Two levels of 1024 entries of 4 bytes: 32-bit kernels with pages of 4K. */
    static SoftwareTable narrow() {
        long address = (1L << PHYSICAL_BITS_32) - 1 & -1L << PAGE_BITS;
        Geometry.Entry table = new Geometry.Entry(address, 0, 0, -1, 0);
        Geometry.Entry page = new Geometry.Entry(address, 0, 0, 0, ACCESSED);
        List<Geometry.Level> levels = List.of(
                new Geometry.Level(PAGE_BITS, 10, 0, 0, Geometry.Entry.NONE, page),
                new Geometry.Level(PAGE_BITS + 10, 10, 0, 1, table, Geometry.Entry.NONE));
        return new SoftwareTable(
                "linux-mips32",
                false,
                new Geometry(32, PHYSICAL_BITS_32, false, 4, PRESENT, 0, MODIFIED, GLOBAL, levels));
    }

    /** Levels of one page each, entries of 8 bytes: 64-bit kernels. */
    static SoftwareTable wide(int pageBits) {
        int index = pageBits - 3;
        // With pages of 4K the top table has two: 40 bits of user addresses.
        int[] bits = switch (pageBits) {
            case 12 -> new int[] {index, index, index + 1};
            case 14 -> new int[] {index, index, index};
            default -> new int[] {index, index};
        };
        List<Geometry.Level> levels = new ArrayList<>();
        int shift = pageBits;
        for (int level = 1; level <= bits.length; level++) {
            long address = (1L << PHYSICAL_BITS_64) - 1 & -1L << PAGE_BITS;
            long leafMask = level == 2 ? HUGE : 0;
            Geometry.Entry table = level == 1 ? Geometry.Entry.NONE : new Geometry.Entry(address, 0, 0, -1, 0);
            Geometry.Entry page = level > 2
                    ? Geometry.Entry.NONE
                    : new Geometry.Entry(address & -1L << shift, 0, 0, 0, ACCESSED);
            levels.add(new Geometry.Level(shift, bits[level - 1], leafMask, level == 1 ? 0 : HUGE, table, page));
            shift += bits[level - 1];
        }
        return new SoftwareTable(
                "linux-mips64",
                true,
                new Geometry(shift, PHYSICAL_BITS_64, false, 8, PRESENT, 0, MODIFIED, GLOBAL, levels));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String description() {
        return wide
                ? "the page tables that 64-bit Linux keeps on MIPS, in software"
                : "the page tables that 32-bit Linux keeps on MIPS, in software: two levels, pages of 4K";
    }

    @Override
    public Set<Stage> stages() {
        return Set.of(Stage.STAGE_1, Stage.STAGE_2);
    }

    @Override
    public List<Option> options() {
        return wide ? List.of(PAGE) : List.of();
    }

    @Override
    public PageTableFormat with(Map<String, String> given) {
        Options options = new Options("format " + name, options(), given);
        if (!wide) {
            return this;
        }
        String page = options.text(PAGE.name());
        for (int bits = PAGE_BITS; bits <= 16; bits += 2) {
            if (Sizes.ofPage(bits).equals(page)) {
                return wide(bits);
            }
        }
        throw new IllegalArgumentException("format %s: page=%s; it is 4K, 16K or 64K".formatted(name, page));
    }

    /** The kernel's segments are not translated by these tables: programs have all of their addresses, or the half below kseg0. */
    @Override
    public long kernelBase() {
        return wide ? 1L << inputBits() : 1L << 31;
    }

    @Override
    protected int allowed(long attributes, long leaf) {
        int user = ((attributes & READ) == 0 ? 0 : Rights.USER_READ | Rights.USER_EXECUTE)
                | ((attributes & WRITE) == 0 ? 0 : Rights.USER_WRITE);
        return user | user << Rights.SUPERVISOR_SHIFT;
    }

    @Override
    protected long tableEntry(long address, int level) {
        return address | PRESENT;
    }

    @Override
    protected long leafEntry(long output, int level, int rights, int attributes) {
        long flags = ((attributes & PageTable.GLOBAL) == 0 ? 0 : GLOBAL)
                | ((attributes & PageTable.ACCESSED) == 0 ? 0 : ACCESSED)
                | ((attributes & PageTable.DIRTY) == 0 ? 0 : MODIFIED);
        return output | PRESENT | (level == 1 ? 0 : HUGE) | rightsBits(rights) | flags;
    }

    @Override
    protected long withRights(long leaf, int level, int rights) {
        return leaf & ~(READ | WRITE) | rightsBits(rights);
    }

    private static long rightsBits(int rights) {
        return ((rights & (Rights.READ | Rights.EXECUTE)) == 0 ? 0 : READ) | ((rights & Rights.WRITE) == 0 ? 0 : WRITE);
    }
}
