package org.memvirt.testkit.machine;

import java.util.List;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.AddressLayout;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.architecture.HandlerLengths;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.tlb.SoftwareTlb;
import org.memvirt.api.tlb.TlbPreset;

/**
 * A small MMU of no processor whose hardware knows the TLB alone, for tests of whatever software does then. Negative addresses
 * are the kernel's and not translated; a quarter of all, from 2^62 on, is translated and no program's: a deprivileged kernel lives
 * there. A handler of any exception has ten instructions.
 *
 * @param format of the page tables that its software keeps
 * @param entries of the TLB
 * @param pairs whether an entry holds two pages
 * @param deniable the rights that a valid page may lack, the same for user and supervisor; with those to read or execute among
 *     them hardware tells what is forbidden from what is invalid
 * @param asidBits of the tag of an address space
 * @param vmTagBits of the tag of a VM in the second stage's TLB
 */
public record RefilledMmu(
        PageTableFormat format, int entries, boolean pairs, int deniable, int asidBits, int vmTagBits)
        implements ArchitectedTlb {
    /** Instructions of each handler. */
    public static final int HANDLER_LENGTH = 10;

    private static final int PHYSICAL_BITS = 48;

    /** Sixteen entries of one page each, which can deny everything. */
    public RefilledMmu(PageTableFormat format) {
        this(format, 16, false, Rights.ALL, 6, 8);
    }

    @Override
    public SoftwareTlb createTlb(TlbPreset preset, long seed) {
        return new PlainSoftwareTlb(this, seed, PlainSoftwareTlb.GROUP, null);
    }

    @Override
    public SoftwareTlb createTwoStageTlb(TlbPreset preset, long seed) {
        return new PlainSoftwareTlb(
                this, seed, PlainSoftwareTlb.GROUP, new PlainSoftwareTlb(this, ~seed, "second", null));
    }

    /** What the entries may hold: the sizes of the format's pages; of the larger ones the halves, where a pair is one of them. */
    long sizes() {
        long sizes = 1L << 12;
        for (int shift : format.pageShifts()) {
            sizes |= 1L << (pairs && shift > format.pageShifts().getFirst() ? shift - 1 : shift);
        }
        return sizes;
    }

    @Override
    public List<PageTableFormat> formats() {
        return List.of(format);
    }

    @Override
    public AddressLayout layout(TlbPreset preset) {
        return new AddressLayout(
                PlainSoftwareTlb.SUPERVISOR, Long.MIN_VALUE, 1L << PHYSICAL_BITS, PHYSICAL_BITS);
    }

    @Override
    public AddressLayout deprivilegedLayout(TlbPreset preset) {
        return new AddressLayout(
                PlainSoftwareTlb.SUPERVISOR, PlainSoftwareTlb.SUPERVISOR, 1L << PHYSICAL_BITS, PHYSICAL_BITS);
    }

    @Override
    public HandlerLengths handlerLengths(TlbPreset preset) {
        return new HandlerLengths(
                "by definition", HANDLER_LENGTH, HANDLER_LENGTH, HANDLER_LENGTH, HANDLER_LENGTH);
    }

    @Override
    public List<TlbPreset> tlbPresets() {
        TlbPreset.Array array =
                new TlbPreset.Array(List.of(12), 1, entries, TlbPreset.Replacement.RANDOM);
        return List.of(new TlbPreset(
                "plain",
                entries + " entries",
                "by definition",
                List.of(new TlbPreset.Group(PlainSoftwareTlb.GROUP, 1, true, true, List.of(array)))));
    }

    @Override
    public TagWidths tagWidths() {
        return new TagWidths(asidBits, vmTagBits);
    }
}
