package org.memvirt.x86;

import java.util.List;
import java.util.Map;
import org.memvirt.api.option.Option;
import org.memvirt.api.radix.Geometry;
import org.memvirt.api.radix.RadixFormat;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;

/** Ordinary x86 page tables, of any paging mode: the layout of their entries; SDM, "Paging". */
abstract sealed class X86Format extends RadixFormat permits LinearFormat, NptFormat {

    /**
     * AMD reserves bit 8 of a PML4 and PML5 entry, which Intel ignores: APM vol. 2, "4-Kbyte Page Translation". Both ignore
     * it in the entries below that point to a table.
     */
    static final long AMD_TOP_RESERVED = EntryBits.GLOBAL;

    private final String name;
    private final String description;
    private final Controls controls;
    private final long rootMask;
    private final boolean folded;
    private final boolean executeDisable;

    X86Format(String name, String description, PagingMode mode, Controls controls, long topReserved) {
        super(mode.geometry(controls, topReserved), controls.accessedUpdate());
        this.name = name;
        this.description = description;
        this.controls = controls;
        rootMask = mode.rootMask() & ~controls.encryptionBit();
        folded = mode == PagingMode.IA32 && controls.has(Controls.PSE36);
        executeDisable = controls.has(Controls.NXE);
    }

    /** This format with other control bits. */
    abstract PageTableFormat remade(Map<String, String> options);

    /** The bits of a page that allow {@code rights}, of those that say what is allowed. */
    abstract long rightsBits(int rights);

    /** Bit 63 where the page shall not be executed and the format can tell. */
    final long executeDisableUnless(boolean executable) {
        return executable || !executeDisable ? 0 : EntryBits.EXECUTE_DISABLE;
    }

    final Controls controls() {
        return controls;
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final String description() {
        return description;
    }

    @Override
    public final List<Option> options() {
        return controls.declared();
    }

    @Override
    public final PageTableFormat with(Map<String, String> options) {
        return remade(controls.with(options));
    }

    /** With PSE-36 pages of 4 MiB alone may lie above 4 GiB. */
    @Override
    public final int outputBits(int pageShift) {
        return folded && pageShift == 12 ? Integer.SIZE : outputBits();
    }

    @Override
    protected final long rootTable(long root) {
        return root & rootMask;
    }

    @Override
    protected final long tableEntry(long address, int level) {
        Geometry.Entry table = geometry().levels().get(level - 1).table();
        // Where the bits that restrict are exempt, as in a PAE directory pointer, they are reserved.
        return address
                | EntryBits.PRESENT
                | (EntryBits.WRITABLE | EntryBits.USER) & ~table.exempt();
    }

    @Override
    protected final long leafEntry(long output, int level, int rights, int attributes) {
        return geometry().levels().get(level - 1).leaf().bitsOf(output)
                | (level == 1 ? 0 : EntryBits.PAGE_SIZE)
                | rightsBits(rights)
                | EntryBits.PRESENT
                | ((attributes & PageTable.GLOBAL) == 0 ? 0 : EntryBits.GLOBAL)
                | ((attributes & PageTable.ACCESSED) == 0 ? 0 : EntryBits.ACCESSED)
                | ((attributes & PageTable.DIRTY) == 0 ? 0 : EntryBits.DIRTY);
    }

    @Override
    protected final long withRights(long leaf, int level, int rights) {
        return leaf & ~(EntryBits.WRITABLE | EntryBits.USER | EntryBits.EXECUTE_DISABLE) | rightsBits(rights);
    }

    /** All bits stay but for the address, the page size, and the PAT bit, which lies elsewhere in a large page. */
    @Override
    protected final long leafAt(int to, long output, long leaf, int from) {
        Geometry.Entry page = geometry().levels().get(from - 1).leaf();
        long pat = leaf & (from == 1 ? EntryBits.SMALL_PAT : EntryBits.LARGE_PAT);
        long kept = leaf & ~(page.address() | page.folded() | EntryBits.PAGE_SIZE | pat);
        long size = to == 1 ? 0 : EntryBits.PAGE_SIZE;
        long movedPat = pat == 0 ? 0 : to == 1 ? EntryBits.SMALL_PAT : EntryBits.LARGE_PAT;
        return kept | size | movedPat | geometry().levels().get(to - 1).leaf().bitsOf(output);
    }
}
