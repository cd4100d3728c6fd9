package org.memvirt.x86.invalidation;

import static org.memvirt.api.invalidation.InvalidationScope.ALL;
import static org.memvirt.api.invalidation.InvalidationScope.OF_ADDRESS;
import static org.memvirt.api.invalidation.InvalidationScope.OF_PAGE;
import static org.memvirt.api.invalidation.TagMatch.ANY;
import static org.memvirt.api.invalidation.TagMatch.CURRENT;
import static org.memvirt.api.invalidation.TagMatch.GIVEN;
import static org.memvirt.api.invalidation.TagMatch.NOT_ZERO;
import static org.memvirt.api.invalidation.TagMatch.ZERO;
import static org.memvirt.x86.invalidation.Kinds.COMBINED;
import static org.memvirt.x86.invalidation.Kinds.EVERY_KIND;
import static org.memvirt.x86.invalidation.Kinds.GUEST_PHYSICAL;
import static org.memvirt.x86.invalidation.Kinds.GUEST_PHYSICAL_AND_COMBINED;
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
 * What Intel's processors must remove: SDM volume 3, "Caching Translation Information" of the chapters on paging and on
 * VMX support for address translation. The VM's tag is the VPID, the address space's the PCID, and a second-stage table
 * is told by its EP4TA, bits 51:12 of the EPTP.
 *
 * <p>A processor may remove more at any time; a row is the least. The SDM leaves open whether a change of CR4.PAE or
 * CR4.SMEP, and a page fault, remove global translations that another PCID has brought in: here they do, since these
 * could be used on.
 */
final class IntelInvalidations {
    private static final String PAGING = "SDM vol. 3, Operations that Invalidate TLBs and Paging-Structure Caches";
    private static final String CACHES = "SDM vol. 3, Invalidating the Translation Lookaside Buffers (TLBs)";
    private static final String VMX = "SDM vol. 3, Operations that Invalidate Cached Mappings";
    private static final String VMX_NOT = "SDM vol. 3, Operations that Need Not Invalidate Cached Mappings";

    private static final String INVLPG = "INVLPG";
    private static final String INVPCID_ADDRESS = "INVPCID type 0";
    private static final String INVPCID_SINGLE = "INVPCID type 1";
    private static final String INVPCID_ALL_KEEPING = "INVPCID type 3";
    private static final String CR3_FLUSHING = "MOV to CR3, CR4.PCIDE=1, bit 63=0";
    private static final String CR3_KEEPING = "MOV to CR3, CR4.PCIDE=1, bit 63=1";
    private static final String CR0_PG = "MOV to CR0 that changes PG or PE";
    private static final String PAGE_FAULT = "page fault";
    private static final String ENTRY = "VM entry with VPID";
    private static final String EXIT = "VM exit with VPID";
    private static final String ENTRY_UNTAGGED = "VM entry without VPID";
    private static final String EXIT_UNTAGGED = "VM exit without VPID";
    private static final String EPT_VIOLATION = "EPT violation";
    private static final String INVVPID_ADDRESS = "INVVPID type 0";
    private static final String INVVPID_SINGLE = "INVVPID type 1";
    private static final String INVVPID_ALL = "INVVPID type 2";
    private static final String INVEPT_SINGLE = "INVEPT type 1";

    // @formatter:off
    private static final List<InvalidationRule> RULES = List.of(
            //                                kinds                VPID     PCID     EP4TA  translations tables  globals
            row(INVLPG, PAGING,
                    removes(LINEAR_AND_COMBINED, CURRENT, CURRENT, ANY, OF_PAGE, ALL, GO)),
            row(INVPCID_ADDRESS, PAGING,
                    removes(LINEAR_AND_COMBINED, CURRENT, GIVEN, ANY, OF_PAGE, OF_ADDRESS, STAY)),
            row(INVPCID_SINGLE, PAGING,
                    removes(LINEAR_AND_COMBINED, CURRENT, GIVEN, ANY, ALL, ALL, STAY)),
            row("INVPCID type 2", PAGING,
                    removes(LINEAR_AND_COMBINED, CURRENT, ANY, ANY, ALL, ALL, GO)),
            row(INVPCID_ALL_KEEPING, PAGING,
                    removes(LINEAR_AND_COMBINED, CURRENT, ANY, ANY, ALL, ALL, STAY)),
            row("MOV to CR3, CR4.PCIDE=0", PAGING,
                    removes(LINEAR_AND_COMBINED, CURRENT, ZERO, ANY, ALL, ALL, STAY)),
            row(CR3_FLUSHING, PAGING,
                    removes(LINEAR_AND_COMBINED, CURRENT, GIVEN, ANY, ALL, ALL, STAY)),
            row(CR3_KEEPING, PAGING),
            row("task switch that changes CR3", PAGING,
                    removes(LINEAR_AND_COMBINED, CURRENT, ZERO, ANY, ALL, ALL, STAY)),
            row(CR0_PG, CACHES,
                    removes(LINEAR_AND_COMBINED, CURRENT, ANY, ANY, ALL, ALL, GO)),
            row("MOV to CR4 that changes PGE", PAGING,
                    removes(LINEAR_AND_COMBINED, CURRENT, ANY, ANY, ALL, ALL, GO)),
            row("MOV to CR4 that clears PCIDE", PAGING,
                    removes(LINEAR_AND_COMBINED, CURRENT, ANY, ANY, ALL, ALL, GO)),
            row("MOV to CR4 that sets PCIDE", PAGING),
            row("MOV to CR4 that changes PAE", PAGING,
                    removes(LINEAR_AND_COMBINED, CURRENT, CURRENT, ANY, ALL, ALL, GO)),
            row("MOV to CR4 that sets SMEP", PAGING,
                    removes(LINEAR_AND_COMBINED, CURRENT, CURRENT, ANY, ALL, ALL, GO)),
            row("MOV to CR4 that changes PSE", CACHES,
                    removes(LINEAR_AND_COMBINED, CURRENT, ANY, ANY, ALL, ALL, GO)),
            row(PAGE_FAULT, PAGING,
                    removes(LINEAR_AND_COMBINED, CURRENT, CURRENT, ANY, OF_PAGE, OF_ADDRESS, GO)),
            row(ENTRY_UNTAGGED, VMX,
                    removes(LINEAR_AND_COMBINED, ZERO, ANY, ANY, ALL, ALL, GO)),
            row(EXIT_UNTAGGED, VMX,
                    removes(LINEAR_AND_COMBINED, ZERO, ANY, ANY, ALL, ALL, GO)),
            row(ENTRY, VMX_NOT),
            row(EXIT, VMX_NOT),
            row("VMXON and VMXOFF", VMX_NOT),
            row(INVVPID_ADDRESS, VMX,
                    removes(LINEAR_AND_COMBINED, GIVEN, ANY, ANY, OF_PAGE, OF_ADDRESS, GO)),
            row(INVVPID_SINGLE, VMX,
                    removes(LINEAR_AND_COMBINED, GIVEN, ANY, ANY, ALL, ALL, GO)),
            row(INVVPID_ALL, VMX,
                    removes(LINEAR_AND_COMBINED, NOT_ZERO, ANY, ANY, ALL, ALL, GO)),
            row("INVVPID type 3", VMX,
                    removes(LINEAR_AND_COMBINED, GIVEN, ANY, ANY, ALL, ALL, STAY)),
            row(INVEPT_SINGLE, VMX,
                    removes(GUEST_PHYSICAL_AND_COMBINED, ANY, ANY, GIVEN, ALL, ALL, GO)),
            row("INVEPT type 2", VMX,
                    removes(GUEST_PHYSICAL_AND_COMBINED, ANY, ANY, ANY, ALL, ALL, GO)),
            row(EPT_VIOLATION, VMX,
                    removes(GUEST_PHYSICAL, ANY, ANY, CURRENT, OF_ADDRESS, OF_ADDRESS, GO),
                    removes(COMBINED, CURRENT, CURRENT, CURRENT, OF_ADDRESS, OF_ADDRESS, GO)),
            row("EPT misconfiguration", VMX),
            row("reset", VMX,
                    removes(EVERY_KIND, ANY, ANY, ANY, ALL, ALL, GO)));
    // @formatter:on

    static final InvalidationTable TABLE = Kinds.table(
            "Intel",
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
                    Map.entry(InvalidationEvent.STAGE_2_FAULT, EPT_VIOLATION),
                    Map.entry(InvalidationEvent.STAGE_2_CHANGE, INVEPT_SINGLE),
                    Map.entry(InvalidationEvent.VM_PAGE, INVVPID_ADDRESS),
                    Map.entry(InvalidationEvent.VM_ALL, INVVPID_SINGLE),
                    Map.entry(InvalidationEvent.ALL_VMS, INVVPID_ALL),
                    Map.entry(InvalidationEvent.ENTRY, ENTRY),
                    Map.entry(InvalidationEvent.EXIT, EXIT),
                    Map.entry(InvalidationEvent.ENTRY_UNTAGGED, ENTRY_UNTAGGED),
                    Map.entry(InvalidationEvent.EXIT_UNTAGGED, EXIT_UNTAGGED)));

    private IntelInvalidations() {}
}
