package example.flattened;

import java.util.List;
import java.util.Set;
import org.memvirt.api.access.Rights;
import org.memvirt.api.radix.Geometry;
import org.memvirt.api.radix.RadixFormat;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.walk.Stage;

/**
 * A page table whose four levels are merged into two, with tables of 2 MiB (after Park et al., "Every Walk's a Hit", ASPLOS
 * 2022): a walk makes two references. Pages are of 4 KiB and 1 GiB; the large pages of 2 MiB are left out.
 *
 * <p>An entry has, from bit 0 on: present, the six rights, leaf (bit 7), accessed, dirty, global; its address up to bit 47.
 */
public final class FlattenedTable extends RadixFormat {
    private static final long PRESENT = 1;
    private static final int RIGHTS_SHIFT = 1;
    private static final long RIGHTS = (long) Rights.ALL << RIGHTS_SHIFT;
    private static final long LEAF = 1 << 7;
    private static final long ACCESSED = 1 << 8;
    private static final long DIRTY = 1 << 9;
    private static final long GLOBAL = 1 << 10;
    private static final int ADDRESS_BITS = 48;
    private static final int INDEX_BITS = 18;

    public FlattenedTable() {
        super(
                new Geometry(
                        ADDRESS_BITS, ADDRESS_BITS, true, Long.BYTES, PRESENT, 0, DIRTY, GLOBAL,
                        List.of(level(12), level(12 + INDEX_BITS))),
                AccessedUpdate.DESCENDING);
    }

    /** The tables from whose entries pages of 2^shift bytes can be mapped. */
    private static Geometry.Level level(int shift) {
        return new Geometry.Level(shift, INDEX_BITS, LEAF, LEAF, entry(12 + 9), entry(shift));
    }

    /** An entry whose address is a multiple of 2^alignment. */
    private static Geometry.Entry entry(int alignment) {
        return new Geometry.Entry((1L << ADDRESS_BITS) - (1L << alignment), 0, 0, 0, ACCESSED);
    }

    @Override
    public String name() {
        return "flattened";
    }

    @Override
    public String description() {
        return "two levels of 18 bits each, with tables of 2 MiB";
    }

    @Override
    public Set<Stage> stages() {
        return Set.of(Stage.STAGE_1, Stage.STAGE_2);
    }

    // What the bits of an entry mean. A walk combines the entries on its way by AND.

    @Override
    protected int allowed(long attributes, long leaf) {
        return (int) ((attributes & RIGHTS) >>> RIGHTS_SHIFT);
    }

    @Override
    protected long tableEntry(long address, int level) {
        return address | RIGHTS | PRESENT;
    }

    @Override
    protected long leafEntry(long output, int level, int rights, int attributes) {
        return output
                | PRESENT
                | LEAF
                | (long) rights << RIGHTS_SHIFT
                | ((attributes & PageTable.GLOBAL) == 0 ? 0 : GLOBAL)
                | ((attributes & PageTable.ACCESSED) == 0 ? 0 : ACCESSED)
                | ((attributes & PageTable.DIRTY) == 0 ? 0 : DIRTY);
    }

    @Override
    protected long withRights(long leaf, int level, int rights) {
        return leaf & ~RIGHTS | (long) rights << RIGHTS_SHIFT;
    }
}
