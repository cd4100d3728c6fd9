package org.memvirt.x86;

import static org.memvirt.x86.EntryBits.bits;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.memvirt.api.access.Rights;
import org.memvirt.api.option.Option;
import org.memvirt.api.radix.Geometry;
import org.memvirt.api.radix.RadixFormat;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Stage;

/**
 * Extended page tables; SDM, "The Extended Page Table Mechanism (EPT)". A page that software gives no rights is one
 * that is not present; writing implies reading.
 *
 * <p>Not modelled: sub-page write permissions, page-modification logging, the paging-write and verify-guest-paging
 * bits, supervisor shadow stacks.
 */
final class EptFormat extends RadixFormat {
    private static final long READ = 1;
    private static final long WRITE = 1 << 1;
    private static final long EXECUTE = 1 << 2;
    private static final long RIGHTS = READ | WRITE | EXECUTE;
    private static final long WRITE_BACK = 6 << 3;
    private static final long LARGE = 1 << 7;
    private static final long ACCESSED = 1 << 8;
    private static final long DIRTY = 1 << 9;
    private static final long USER_EXECUTE = 1 << 10;

    private static final long ROOT_ACCESSED_DIRTY = 1 << 6;

    private static final List<Option> OPTIONS = List.of(
            Controls.AD,
            Controls.XO,
            Controls.MBEC,
            Controls.MBPAGES,
            Controls.GBPAGES,
            Controls.MAXPHYADDR,
            Controls.ACCESSED_UPDATE);

    private final String name;
    private final Controls controls;
    private final boolean accessedDirty;
    private final boolean executeOnly;
    private final boolean modeBased;
    /** By the combined bits 2:0, and bit 10 as bit 3. */
    private final int[] allowed = new int[16];

    private EptFormat(String name, int levels, Controls controls) {
        super(geometry(levels, controls), controls.accessedUpdate());
        this.name = name;
        this.controls = controls;
        accessedDirty = controls.has(Controls.AD);
        executeOnly = controls.has(Controls.XO);
        modeBased = controls.has(Controls.MBEC);
        for (int entry = 0; entry < allowed.length; entry++) {
            boolean supervisorFetch = (entry & EXECUTE) != 0;
            boolean userFetch = modeBased ? (entry & 8) != 0 : supervisorFetch;
            allowed[entry] = ((entry & READ) == 0 ? 0 : Rights.READ)
                    | ((entry & WRITE) == 0 ? 0 : Rights.WRITE)
                    | (supervisorFetch ? Rights.SUPERVISOR_EXECUTE : 0)
                    | (userFetch ? Rights.USER_EXECUTE : 0);
        }
    }

    static EptFormat fourLevel() {
        return make("ept", 4, Map.of());
    }

    static EptFormat fiveLevel() {
        return make("ept5", 5, Map.of());
    }

    private static EptFormat make(String name, int levels, Map<String, String> options) {
        return new EptFormat(name, levels, new Controls(name, OPTIONS, options));
    }

    private static Geometry geometry(int levels, Controls controls) {
        int physicalBits = controls.physicalBits();
        boolean executeOnly = controls.has(Controls.XO);
        boolean accessedDirty = controls.has(Controls.AD);
        long accessed = accessedDirty ? ACCESSED : 0;
        long address = bits(physicalBits - 1, 12);
        long tooWide = bits(51, physicalBits);
        long badRights = badRights(executeOnly);
        long badLeaf = badRights | badMemoryTypes();
        // SDM, "EPT Misconfigurations": an entry that points to a table has bits 6:3 reserved, and where the processor has
        // no page of that size bit 7, too.
        Geometry.Entry table = new Geometry.Entry(address, tooWide | bits(6, 3), badRights, 0, accessed);
        Geometry.Entry upper = new Geometry.Entry(address, tooWide | bits(7, 3), badRights, 0, accessed);
        List<Geometry.Level> steps = new ArrayList<>();
        steps.add(new Geometry.Level(
                12, 9, 0, 0, Geometry.Entry.NONE, new Geometry.Entry(address, tooWide, badLeaf, 0, accessed)));
        for (int level = 2; level <= levels; level++) {
            int shift = 3 + 9 * level;
            boolean large =
                    level == 2 && controls.has(Controls.MBPAGES) || level == 3 && controls.has(Controls.GBPAGES);
            long page = bits(physicalBits - 1, shift);
            steps.add(
                    large
                            ? new Geometry.Level(
                                    shift,
                                    9,
                                    LARGE,
                                    LARGE,
                                    table,
                                    new Geometry.Entry(page, tooWide | bits(shift - 1, 12), badLeaf, 0, accessed))
                            : new Geometry.Level(shift, 9, 0, 1, upper, Geometry.Entry.NONE));
        }
        return new Geometry(
                12 + 9 * levels,
                physicalBits,
                false,
                8,
                // SDM: with mode-based execute control an entry is present if bit 10 is set, too.
                controls.has(Controls.MBEC) ? RIGHTS | USER_EXECUTE : RIGHTS,
                0,
                accessedDirty ? DIRTY : 0,
                0,
                steps);
    }

    /**
     * Writing without reading, and executing without reading if the processor lacks that. An entry with bits 2:0 clear
     * is present only by bit 10, and so executes without reading.
     */
    private static long badRights(boolean executeOnly) {
        long forbidden = 0;
        for (int low = 0; low < 64; low++) {
            boolean unreadable = (low & READ) == 0;
            if (unreadable && ((low & WRITE) != 0 || !executeOnly)) {
                forbidden |= 1L << low;
            }
        }
        return forbidden;
    }

    /** Memory types 2, 3 and 7, in bits 5:3 of a leaf. */
    private static long badMemoryTypes() {
        return 0xffL << 2 * 8 | 0xffL << 3 * 8 | 0xffL << 7 * 8;
    }

    Controls controls() {
        return controls;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String description() {
        return "Intel's extended page tables: %d levels, pages of 4K, 2M and 1G".formatted(levels());
    }

    @Override
    public Set<Stage> stages() {
        return Set.of(Stage.STAGE_2);
    }

    @Override
    public List<Option> options() {
        return OPTIONS;
    }

    @Override
    public PageTableFormat with(Map<String, String> options) {
        return make(name, levels(), controls.with(options));
    }

    /** SDM, "Accessed and Dirty Flags for EPT": with the flags on, an access to a guest's table counts as a write. */
    @Override
    public int tableReferenceAccess() {
        return accessedDirty ? Rights.SUPERVISOR_READ | Rights.SUPERVISOR_WRITE : Rights.SUPERVISOR_READ;
    }

    /** SDM, "EPT Translation Mechanism": bit 2 is for supervisor-mode linear addresses, bit 10 for user-mode ones. */
    @Override
    public boolean executesByPage() {
        return modeBased;
    }

    @Override
    protected long rootTable(long root) {
        return root & bits(51, 12);
    }

    /** SDM, "Extended-Page-Table Pointer (EPTP)". */
    @Override
    protected long rootRegister(long table) {
        return table
                | (long) (levels() - 1) << 3
                | WRITE_BACK >>> 3
                | (accessedDirty ? ROOT_ACCESSED_DIRTY : 0);
    }

    @Override
    protected int allowed(long attributes, long leaf) {
        return allowed[(int) (attributes & RIGHTS | attributes >>> 7 & 8)];
    }

    @Override
    protected Fault malformedFault(long entry, int level) {
        return Fault.MISCONFIGURED;
    }

    /** Bits 6:3 of the exit qualification: what the entries that were used allow together. */
    @Override
    protected long faultDetail(long attributes, long entry) {
        long combined = attributes & entry;
        return (combined & RIGHTS) << 3 | (modeBased ? (combined & USER_EXECUTE) >>> 4 : 0);
    }

    @Override
    protected long tableEntry(long address, int level) {
        return address | RIGHTS | (modeBased ? USER_EXECUTE : 0);
    }

    @Override
    protected long leafEntry(long output, int level, int rights, int attributes) {
        return output
                | (level == 1 ? 0 : LARGE)
                | WRITE_BACK
                | rightsBits(rights)
                | (accessedDirty && (attributes & PageTable.ACCESSED) != 0 ? ACCESSED : 0)
                | (accessedDirty && (attributes & PageTable.DIRTY) != 0 ? DIRTY : 0);
    }

    @Override
    protected long withRights(long leaf, int level, int rights) {
        return leaf & ~(RIGHTS | (modeBased ? USER_EXECUTE : 0)) | rightsBits(rights);
    }

    /** All bits stay but for the address and the page size. */
    @Override
    protected long leafAt(int to, long output, long leaf, int from) {
        long page = geometry().levels().get(from - 1).leaf().address();
        return leaf & ~(page | LARGE) | (to == 1 ? 0 : LARGE) | output;
    }

    private long rightsBits(int rights) {
        long bits = (rights & Rights.READ) == 0 ? 0 : READ;
        if ((rights & Rights.WRITE) != 0) {
            bits |= READ | WRITE;
        }
        if (!modeBased) {
            bits |= (rights & Rights.EXECUTE) == 0 ? 0 : EXECUTE;
        } else {
            bits |= (rights & Rights.SUPERVISOR_EXECUTE) == 0 ? 0 : EXECUTE;
            bits |= (rights & Rights.USER_EXECUTE) == 0 ? 0 : USER_EXECUTE;
        }
        return bits == 0 || executeOnly ? bits : bits | READ;
    }
}
