package org.memvirt.arm;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.option.Option;
import org.memvirt.api.radix.Geometry;
import org.memvirt.api.radix.RadixFormat;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.walk.Fault;

/**
 * What the page tables of both stages share: a descriptor without bit 0 is invalid, and so is a block where there can be
 * none; an address with bits that are not in use is an address size fault, here {@link Fault#RESERVED_BIT}; an input address
 * that is too wide is a translation fault, here {@link Fault#ADDRESS_SIZE}.
 *
 * <p>Not modelled: memory attributes and shareability (so HCR_EL2.PTW refuses no walk), Guarded Control Stack, and what
 * {@link Unmodelled} names.
 */
abstract sealed class VmsaFormat extends RadixFormat permits StageOneFormat, StageTwoFormat {
    private final String name;
    private final Controls controls;
    private final Layout layout;
    private final long rootAddress;
    private final long rootFold;

    VmsaFormat(String name, Geometry geometry, Layout layout, Controls controls) {
        super(geometry, AccessedUpdate.DESCENDING, controls.hardwareUpdates());
        this.name = name;
        this.controls = controls;
        this.layout = layout;
        rootAddress = layout.rootAddress();
        rootFold = layout.rootFold();
    }

    /** This format with other control bits. */
    abstract PageTableFormat remade(Map<String, String> options);

    /** Bits of the tag that tables of a format are told apart by, or {@code otherwise} where it is another architecture's. */
    static int tagBits(@Nullable PageTableFormat format, int otherwise) {
        return format instanceof VmsaFormat known ? known.controls.tagBits() : otherwise;
    }

    final Layout layout() {
        return layout;
    }

    final Controls controls() {
        return controls;
    }

    /** Arm ARM, "Using break-before-make when updating translation table entries"; without FEAT_BBM, so at its level 0. */
    @Override
    public final boolean breaksBeforeMake() {
        return true;
    }

    /**
     * Of the changes that the manual lists: another size, also by the contiguous bit; another output address, or another table;
     * another memory type or shareability; a page that becomes global. It spares an address of pages that nobody may write
     * to and that hold the same; that is not made use of here.
     */
    @Override
    public final boolean needsBreak(long before, long after, int level) {
        if (isLeaf(before, level) != isLeaf(after, level)) {
            return true;
        }
        if (!isLeaf(before, level)) {
            return table(level).addressIn(before) != table(level).addressIn(after);
        }
        long kept = Descriptor.CONTIGUOUS | Descriptor.MEMORY_TYPE | Descriptor.INNER_SHAREABLE;
        return leaf(level).addressIn(before) != leaf(level).addressIn(after)
                || ((before ^ after) & kept) != 0
                || !isGlobal(before) && isGlobal(after);
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final List<Option> options() {
        return controls.declared();
    }

    @Override
    public final PageTableFormat with(Map<String, String> options) {
        return remade(controls.with(options));
    }

    @Override
    public final int levelNumber(int level) {
        return Layout.LAST_LEVEL + 1 - level;
    }

    @Override
    protected final Fault malformedFault(long entry, int level) {
        boolean table = (entry & Descriptor.TABLE_OR_PAGE) != 0;
        return table || level != 1 && layout.mayEnd(level) ? Fault.RESERVED_BIT : Fault.NOT_PRESENT;
    }

    /** Nothing: whom an access comes from tells the rest. */
    @Override
    protected final long faultDetail(long attributes, long entry) {
        return 0;
    }

    @Override
    protected final long rootTable(long root) {
        return root & rootAddress | (root & rootFold) << Layout.ROOT_FOLD_SHIFT;
    }

    @Override
    protected final long rootRegister(long table) {
        return layout.rootRegister(table);
    }

    @Override
    protected final long tableEntry(long address, int level) {
        return table(level).bitsOf(address) | Descriptor.TABLE_OR_PAGE | Descriptor.VALID;
    }

    /** The bits of a leaf that say where its page lies and which size it has, accessed or not. */
    final long leafBits(long output, int level, boolean accessed) {
        return leaf(level).bitsOf(output)
                | Descriptor.VALID
                | (level == 1 ? Descriptor.TABLE_OR_PAGE : 0)
                | (accessed ? Descriptor.ACCESS_FLAG : 0);
    }

    /** All bits stay but for the address, the size, and the contiguous bit. */
    @Override
    protected final long leafAt(int to, long output, long leaf, int from) {
        Geometry.Entry page = leaf(from);
        long kept = leaf & ~(page.address() | page.folded() | Descriptor.CONTIGUOUS);
        return kept | (to == 1 ? Descriptor.TABLE_OR_PAGE : 0) | leaf(to).bitsOf(output);
    }

    private Geometry.Entry table(int level) {
        return geometry().levels().get(level - 1).table();
    }

    private Geometry.Entry leaf(int level) {
        return geometry().levels().get(level - 1).leaf();
    }
}
