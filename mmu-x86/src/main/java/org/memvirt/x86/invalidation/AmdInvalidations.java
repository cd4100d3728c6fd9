package org.memvirt.x86.invalidation;

import static org.memvirt.api.invalidation.InvalidationScope.ALL;
import static org.memvirt.api.invalidation.InvalidationScope.OF_ADDRESS;
import static org.memvirt.api.invalidation.InvalidationScope.OF_PAGE;
import static org.memvirt.api.invalidation.TagMatch.ANY;
import static org.memvirt.api.invalidation.TagMatch.CURRENT;
import static org.memvirt.api.invalidation.TagMatch.GIVEN;
import static org.memvirt.api.invalidation.TagMatch.ZERO;
import static org.memvirt.x86.invalidation.Kinds.COMBINED;
import static org.memvirt.x86.invalidation.Kinds.EVERY_KIND;
import static org.memvirt.x86.invalidation.Kinds.GUEST_PHYSICAL;
import static org.memvirt.x86.invalidation.Kinds.Globals.GO;
import static org.memvirt.x86.invalidation.Kinds.Globals.STAY;
import static org.memvirt.x86.invalidation.Kinds.LINEAR_AND_COMBINED;
import static org.memvirt.x86.invalidation.Kinds.removes;
import static org.memvirt.x86.invalidation.Kinds.row;

import java.util.List;
import java.util.Map;
import org.memvirt.api.invalidation.InvalidationEvent;
import org.memvirt.api.invalidation.InvalidationRule;
import org.memvirt.api.invalidation.InvalidationTable;

/**
 * What AMD's processors must remove: APM volume 2, "TLB Management", "TLB Flush" and "Invalidate Page, Alternate ASID". The
 * VM's tag is the ASID, the address space's the PCID. Cached second-stage mappings belong to an ASID, too: VMRUN with a
 * TLB command is what removes them. Global translations are global within an ASID.
 *
 * <p>Not modelled: INVLPGB, SMI and RSM, changes of MTRRs. INVLPGA may lose tables whatever EFER.TCE says; here it loses
 * all of its ASID's. That a nested page fault removes the mappings that led to it is said for page faults "of any type".
 */
final class AmdInvalidations {
    private static final String MANAGEMENT = "APM vol. 2, TLB Management";
    private static final String PCID = "APM vol. 2, Process Context Identifier; APM vol. 3, INVPCID";
    private static final String FLUSH = "APM vol. 2, TLB Flush";
    private static final String ALTERNATE = "APM vol. 2, Invalidate Page, Alternate ASID";

    private static final String INVLPG = "INVLPG, EFER.TCE=0";
    private static final String INVLPGA = "INVLPGA";
    private static final String INVPCID_ADDRESS = "INVPCID type 0, EFER.TCE=0";
    private static final String INVPCID_SINGLE = "INVPCID type 1";
    private static final String INVPCID_ALL_KEEPING = "INVPCID type 3";
    private static final String CR3_FLUSHING = "MOV to CR3, CR4.PCIDE=1, bit 63=0";
    private static final String CR3_KEEPING = "MOV to CR3, CR4.PCIDE=1, bit 63=1";
    private static final String CR0_PG = "MOV to CR0 that changes PG";
    private static final String PAGE_FAULT = "page fault";
    private static final String NESTED_PAGE_FAULT = "nested page fault";
    private static final String VMRUN_0 = "VMRUN, TLB_CONTROL=0";
    private static final String VMRUN_1 = "VMRUN, TLB_CONTROL=1";
    private static final String VMRUN_3 = "VMRUN, TLB_CONTROL=3";
    private static final String VMEXIT = "#VMEXIT";

    // @formatter:off
    private static final List<InvalidationRule> RULES = List.of(
            //                                kinds                ASID     PCID     nCR3   translations tables  globals
            row(INVLPG, MANAGEMENT,
                    removes(LINEAR_AND_COMBINED, CURRENT, CURRENT, ANY, OF_PAGE, ALL, GO)),
            row("INVLPG, EFER.TCE=1", MANAGEMENT,
                    removes(LINEAR_AND_COMBINED, CURRENT, CURRENT, ANY, OF_PAGE, OF_ADDRESS, GO)),
            row(INVLPGA, ALTERNATE,
                    removes(LINEAR_AND_COMBINED, GIVEN, ANY, ANY, OF_PAGE, ALL, GO)),
            row(INVPCID_ADDRESS, PCID,
                    removes(LINEAR_AND_COMBINED, CURRENT, GIVEN, ANY, OF_PAGE, ALL, STAY)),
            row("INVPCID type 0, EFER.TCE=1", PCID,
                    removes(LINEAR_AND_COMBINED, CURRENT, GIVEN, ANY, OF_PAGE, OF_ADDRESS, STAY)),
            row(INVPCID_SINGLE, PCID,
                    removes(LINEAR_AND_COMBINED, CURRENT, GIVEN, ANY, ALL, ALL, STAY)),
            row("INVPCID type 2", PCID,
                    removes(LINEAR_AND_COMBINED, CURRENT, ANY, ANY, ALL, ALL, GO)),
            row(INVPCID_ALL_KEEPING, PCID,
                    removes(LINEAR_AND_COMBINED, CURRENT, ANY, ANY, ALL, ALL, STAY)),
            row("MOV to CR3, CR4.PCIDE=0", MANAGEMENT,
                    removes(LINEAR_AND_COMBINED, CURRENT, ZERO, ANY, ALL, ALL, STAY)),
            row(CR3_FLUSHING, PCID,
                    removes(LINEAR_AND_COMBINED, CURRENT, GIVEN, ANY, ALL, ALL, STAY)),
            row(CR3_KEEPING, PCID),
            row("task switch that changes CR3", FLUSH,
                    removes(LINEAR_AND_COMBINED, CURRENT, ZERO, ANY, ALL, ALL, STAY)),
            row(CR0_PG, MANAGEMENT,
                    removes(LINEAR_AND_COMBINED, CURRENT, ANY, ANY, ALL, ALL, GO)),
            row("MOV to CR4 that changes PGE", MANAGEMENT,
                    removes(LINEAR_AND_COMBINED, CURRENT, ANY, ANY, ALL, ALL, GO)),
            row("MOV to CR4 that changes PAE", MANAGEMENT,
                    removes(LINEAR_AND_COMBINED, CURRENT, ANY, ANY, ALL, ALL, GO)),
            row("MOV to CR4 that changes PSE", MANAGEMENT,
                    removes(LINEAR_AND_COMBINED, CURRENT, ANY, ANY, ALL, ALL, GO)),
            row("MOV to CR4 that sets PKE", MANAGEMENT,
                    removes(LINEAR_AND_COMBINED, CURRENT, ANY, ANY, ALL, ALL, GO)),
            row("MOV to CR4 that clears PCIDE", MANAGEMENT,
                    removes(LINEAR_AND_COMBINED, CURRENT, ANY, ANY, ALL, ALL, GO)),
            row(PAGE_FAULT, MANAGEMENT,
                    removes(LINEAR_AND_COMBINED, CURRENT, CURRENT, ANY, OF_PAGE, OF_ADDRESS, GO)),
            row(NESTED_PAGE_FAULT, MANAGEMENT,
                    removes(GUEST_PHYSICAL, CURRENT, ANY, CURRENT, OF_ADDRESS, OF_ADDRESS, GO),
                    removes(COMBINED, CURRENT, CURRENT, CURRENT, OF_ADDRESS, OF_ADDRESS, GO)),
            row(VMRUN_0, FLUSH),
            row(VMRUN_1, FLUSH,
                    removes(EVERY_KIND, ANY, ANY, ANY, ALL, ALL, GO)),
            row(VMRUN_3, FLUSH,
                    removes(EVERY_KIND, GIVEN, ANY, ANY, ALL, ALL, GO)),
            row("VMRUN, TLB_CONTROL=7", FLUSH,
                    removes(EVERY_KIND, GIVEN, ANY, ANY, ALL, ALL, STAY)),
            row(VMEXIT, FLUSH),
            row("external initialization", MANAGEMENT,
                    removes(EVERY_KIND, ANY, ANY, ANY, ALL, ALL, GO)));
    // @formatter:on

    /** A VM without an ASID of its own is one that the VMM enters with everything flushed. */
    static final InvalidationTable TABLE = Kinds.table(
            "AMD",
            RULES,
            Map.ofEntries(
                    Map.entry(InvalidationEvent.PAGE, INVLPG),
                    Map.entry(InvalidationEvent.PAGE_OF_SPACE, INVPCID_ADDRESS),
                    Map.entry(InvalidationEvent.PAGE_LEAF, INVLPG),
                    Map.entry(InvalidationEvent.PAGE_LEAF_OF_SPACE, INVPCID_ADDRESS),
                    Map.entry(InvalidationEvent.RANGE, INVLPG),
                    Map.entry(InvalidationEvent.RANGE_OF_SPACE, INVPCID_ADDRESS),
                    Map.entry(InvalidationEvent.RANGE_LEAF, INVLPG),
                    Map.entry(InvalidationEvent.RANGE_LEAF_OF_SPACE, INVPCID_ADDRESS),
                    Map.entry(InvalidationEvent.SPACE, INVPCID_SINGLE),
                    Map.entry(InvalidationEvent.ALL_SPACES, INVPCID_ALL_KEEPING),
                    Map.entry(InvalidationEvent.ROOT_LOAD, CR3_FLUSHING),
                    Map.entry(InvalidationEvent.ROOT_LOAD_KEEPING, CR3_KEEPING),
                    Map.entry(InvalidationEvent.PAGING_SWITCH, CR0_PG),
                    Map.entry(InvalidationEvent.FAULT, PAGE_FAULT),
                    Map.entry(InvalidationEvent.STAGE_2_FAULT, NESTED_PAGE_FAULT),
                    Map.entry(InvalidationEvent.STAGE_2_CHANGE, VMRUN_3),
                    Map.entry(InvalidationEvent.VM_PAGE, INVLPGA),
                    Map.entry(InvalidationEvent.VM_ALL, VMRUN_3),
                    Map.entry(InvalidationEvent.ALL_VMS, VMRUN_1),
                    Map.entry(InvalidationEvent.ENTRY, VMRUN_0),
                    Map.entry(InvalidationEvent.EXIT, VMEXIT),
                    Map.entry(InvalidationEvent.ENTRY_UNTAGGED, VMRUN_1),
                    Map.entry(InvalidationEvent.EXIT_UNTAGGED, VMEXIT)));

    private AmdInvalidations() {}
}
