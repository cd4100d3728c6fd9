package org.memvirt.x86;

import static org.memvirt.x86.Controls.AC;
import static org.memvirt.x86.Controls.ACCESSED_UPDATE;
import static org.memvirt.x86.Controls.CBIT;
import static org.memvirt.x86.Controls.GBPAGES;
import static org.memvirt.x86.Controls.LAM_SUP;
import static org.memvirt.x86.Controls.LAM_USER;
import static org.memvirt.x86.Controls.MAXPHYADDR;
import static org.memvirt.x86.Controls.NXE;
import static org.memvirt.x86.Controls.PDPTES;
import static org.memvirt.x86.Controls.PDPTE_ACCESSED;
import static org.memvirt.x86.Controls.PGE;
import static org.memvirt.x86.Controls.PKE;
import static org.memvirt.x86.Controls.PKRS;
import static org.memvirt.x86.Controls.PKRU;
import static org.memvirt.x86.Controls.PKS;
import static org.memvirt.x86.Controls.PSE;
import static org.memvirt.x86.Controls.PSE36;
import static org.memvirt.x86.Controls.SMAP;
import static org.memvirt.x86.Controls.SMEP;
import static org.memvirt.x86.Controls.UAI;
import static org.memvirt.x86.Controls.VENDOR;
import static org.memvirt.x86.Controls.WP;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.option.Option;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Stage;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;

/**
 * Page tables of linear addresses: what CR3 points to. SDM, "32-Bit Paging", "PAE Paging", "4-Level Paging and 5-Level
 * Paging".
 *
 * <p>Software can tell user and supervisor apart only so far: a page that allows the user anything has the user's
 * rights for both, another has the supervisor's; and every page can be read.
 *
 * <p>Not modelled: HLAT paging, shadow stacks.
 */
final class LinearFormat extends X86Format {
    private final PagingMode mode;
    private final AccessRules rules;
    private final long faultDetail;
    private final boolean loadsPointers;
    private final @Nullable AddressTags tags;

    private LinearFormat(String name, String description, PagingMode mode, Controls controls) {
        super(name, description, mode, controls, controls.isAmd() ? AMD_TOP_RESERVED : 0);
        this.mode = mode;
        rules = new AccessRules(controls);
        loadsPointers = controls.pointersAreLoaded();
        AddressTags given = isLong(mode) ? AddressTags.of(controls, inputBits()) : null;
        tags = given == null || !given.any() ? null : given;
        faultDetail = controls.has(NXE) || controls.has(SMEP) ? FaultEncoding.FETCH_REPORTED : 0;
    }

    static LinearFormat fourLevel() {
        return longMode("x86-64", "4-level paging: 48 bits, pages of 4K, 2M and 1G", PagingMode.FOUR_LEVEL);
    }

    static LinearFormat fiveLevel() {
        return longMode("x86-64-la57", "5-level paging: 57 bits, pages of 4K, 2M and 1G", PagingMode.FIVE_LEVEL);
    }

    static LinearFormat pae() {
        return made(
                "pae",
                "PAE paging: 32 bits to 52, pages of 4K and 2M",
                PagingMode.PAE,
                List.of(WP, NXE, PGE, SMEP, SMAP, AC, PDPTES, PDPTE_ACCESSED, MAXPHYADDR, CBIT, ACCESSED_UPDATE));
    }

    static LinearFormat ia32() {
        return made(
                "ia32",
                "32-bit paging: pages of 4K and, with PSE, 4M up to 40 bits",
                PagingMode.IA32,
                List.of(WP, PGE, SMEP, SMAP, AC, PSE, PSE36, MAXPHYADDR, ACCESSED_UPDATE));
    }

    private static LinearFormat longMode(String name, String description, PagingMode mode) {
        // Protection keys exist in these two modes alone: SDM, "Protection Keys".
        return made(
                name,
                description,
                mode,
                List.of(
                        WP, NXE, PGE, SMEP, SMAP, AC, PKE, PKRU, PKS, PKRS, LAM_USER, LAM_SUP, UAI, GBPAGES, MAXPHYADDR,
                        CBIT, VENDOR, ACCESSED_UPDATE));
    }

    private static LinearFormat made(String name, String description, PagingMode mode, List<Option> options) {
        return new LinearFormat(name, description, mode, new Controls(name, options, Map.of()));
    }

    @Override
    PageTableFormat remade(Map<String, String> options) {
        return new LinearFormat(name(), description(), mode, new Controls(name(), options(), options));
    }

    @Override
    public Set<Stage> stages() {
        return Set.of(Stage.STAGE_1);
    }

    private static boolean isLong(PagingMode mode) {
        return mode == PagingMode.FOUR_LEVEL || mode == PagingMode.FIVE_LEVEL;
    }

    /**
     * Over nested page tables the processor is AMD's. APM vol. 2, "TLB Management": under SVM the directory pointers are read
     * from memory by each walk.
     */
    @Override
    public PageTableFormat over(PageTableFormat stageTwo) {
        if (!(stageTwo instanceof NptFormat)) {
            return this;
        }
        if (loadsPointers) {
            return with(Map.of(PDPTES.name(), "memory"));
        }
        return isLong(mode) && !controls().isAmd() ? with(Map.of(VENDOR.name(), "amd")) : this;
    }

    /** Masked or ignored are the upper bits of an address of data, not of an instruction. */
    @Override
    public long untagged(long inputAddress, int access) {
        return tags == null || (access & Rights.EXECUTE) != 0 ? inputAddress : tags.remove(inputAddress);
    }

    @Override
    public boolean ignoresTags() {
        return tags != null;
    }

    @Override
    public boolean loadsTopTable() {
        return loadsPointers;
    }

    @Override
    public WalkPort loadRoot(Walk walk, long root, WalkPort port) {
        return loadsPointers ? DirectoryPointers.load(this, root, walk, port) : super.loadRoot(walk, root, port);
    }

    @Override
    protected int allowed(long attributes, long leaf) {
        return rules.allowed(attributes, leaf);
    }

    /**
     * The PK flag of the error code does not ask whether other bits forbid the access as well: SDM, "Page-Fault
     * Exceptions".
     */
    @Override
    protected Fault deniedFault(Walk walk, int allowed, long attributes, long leaf) {
        return Rights.permit(rules.keyAllows(attributes, leaf), walk.access) ? Fault.PERMISSION : Fault.PROTECTION_KEY;
    }

    @Override
    protected long faultDetail(long attributes, long entry) {
        return faultDetail;
    }

    @Override
    long rightsBits(int rights) {
        boolean user = (rights & Rights.USER) != 0;
        int own = user ? rights : rights >>> Rights.SUPERVISOR_SHIFT;
        return (user ? EntryBits.USER : 0)
                | ((own & Rights.USER_WRITE) == 0 ? 0 : EntryBits.WRITABLE)
                | executeDisableUnless((own & Rights.USER_EXECUTE) != 0);
    }
}
