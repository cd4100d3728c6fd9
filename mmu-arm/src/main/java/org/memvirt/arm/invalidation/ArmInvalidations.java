package org.memvirt.arm.invalidation;

import static org.memvirt.api.invalidation.InvalidationScope.ALL;
import static org.memvirt.api.invalidation.InvalidationScope.NONE;
import static org.memvirt.api.invalidation.InvalidationScope.OF_ADDRESS;
import static org.memvirt.api.invalidation.InvalidationScope.OF_PAGE;
import static org.memvirt.api.invalidation.TagMatch.ANY;
import static org.memvirt.api.invalidation.TagMatch.CURRENT;
import static org.memvirt.api.invalidation.TagMatch.GIVEN;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.memvirt.api.invalidation.InvalidationEffect;
import org.memvirt.api.invalidation.InvalidationEvent;
import org.memvirt.api.invalidation.InvalidationRule;
import org.memvirt.api.invalidation.InvalidationScope;
import org.memvirt.api.invalidation.InvalidationTable;
import org.memvirt.api.invalidation.MappingKind;
import org.memvirt.api.invalidation.TagMatch;

/**
 * What Arm's processors must remove for an instruction, of the entries of the EL1&amp;0 translation regime: Arm ARM, "TLB
 * maintenance instructions". The VM's tag is the VMID, the address space's the ASID; entries of stage 2 and of both stages
 * together are told apart by the VMID, too.
 *
 * <p>The forms for the Inner Shareable and the Outer Shareable domain (VAE1IS, VAE1OS) remove the same, on every processor of the
 * domain. An instruction that EL2 executes is for the VMID of VTTBR_EL2, which it loads before: here the one that is given.
 * Nothing is removed by a fault: what ends in a translation, address size or access flag fault is not cached.
 */
public final class ArmInvalidations {
    private static final String SCOPE = "Arm ARM, Scope of the A64 TLB maintenance instructions";
    private static final String RANGES = "Arm ARM, A64 TLB maintenance instructions that apply to a range of addresses";
    private static final String BOTH_STAGES =
            "Arm ARM, TLB maintenance instructions and caching of combined stage 1 and stage 2"
                    + " information";
    private static final String CACHED = "Arm ARM, Requirements for TLB entries to be cached";
    private static final String TAGS = "Arm ARM, Use of ASIDs and VMIDs to reduce TLB maintenance requirements";

    private static final String VAE1 = "TLBI VAE1";
    private static final String VALE1 = "TLBI VALE1";
    private static final String RVAE1 = "TLBI RVAE1";
    private static final String RVALE1 = "TLBI RVALE1";
    private static final String ASIDE1 = "TLBI ASIDE1";
    private static final String VMALLE1 = "TLBI VMALLE1";
    private static final String TTBR = "MSR TTBR0_EL1 or TTBR1_EL1";
    private static final String VAAE1_OF_VM = "TLBI VAAE1 by EL2";
    private static final String VMALLE1_OF_VM = "TLBI VMALLE1 by EL2";
    private static final String IPA_AND_ALL = "TLBI IPAS2E1, then VMALLE1, by EL2";
    private static final String ALLE1 = "TLBI ALLE1";
    private static final String ABORT = "abort of stage 1";
    private static final String ABORT_2 = "abort of stage 2";
    private static final String ENTRY = "ERET to EL1";
    private static final String EXIT = "exception to EL2";

    private static final Set<MappingKind> STAGE_1 = Set.of(MappingKind.STAGE_1, MappingKind.COMBINED);
    private static final Set<MappingKind> STAGE_2 = Set.of(MappingKind.STAGE_2);
    private static final Set<MappingKind> EVERY_KIND = Set.of(MappingKind.values());

    // @formatter:off
    private static final List<InvalidationRule> RULES = List.of(
            //                                           kinds       VMID     ASID   translations tables
            row(VAE1, SCOPE, withGlobals(                STAGE_1,    CURRENT, GIVEN, OF_PAGE,     OF_ADDRESS)),
            row("TLBI VAAE1", SCOPE, withGlobals(        STAGE_1,    CURRENT, ANY,   OF_PAGE,     OF_ADDRESS)),
            row(VALE1, SCOPE, withGlobals(               STAGE_1,    CURRENT, GIVEN, OF_PAGE,     NONE)),
            row("TLBI VAALE1", SCOPE, withGlobals(       STAGE_1,    CURRENT, ANY,   OF_PAGE,     NONE)),
            row(RVAE1, RANGES, withGlobals(              STAGE_1,    CURRENT, GIVEN, OF_PAGE,     OF_ADDRESS)),
            row("TLBI RVAAE1", RANGES, withGlobals(      STAGE_1,    CURRENT, ANY,   OF_PAGE,     OF_ADDRESS)),
            row(RVALE1, RANGES, withGlobals(             STAGE_1,    CURRENT, GIVEN, OF_PAGE,     NONE)),
            row("TLBI RVAALE1", RANGES, withGlobals(     STAGE_1,    CURRENT, ANY,   OF_PAGE,     NONE)),
            row(ASIDE1, SCOPE, withoutGlobals(           STAGE_1,    CURRENT, GIVEN, ALL,         ALL)),
            row(VMALLE1, SCOPE, withGlobals(             STAGE_1,    CURRENT, ANY,   ALL,         ALL)),
            row(TTBR, TAGS),
            row(VAAE1_OF_VM, SCOPE, withGlobals(         STAGE_1,    GIVEN,   ANY,   OF_PAGE,     OF_ADDRESS)),
            row(VMALLE1_OF_VM, SCOPE, withGlobals(       STAGE_1,    GIVEN,   ANY,   ALL,         ALL)),
            row("TLBI IPAS2E1", BOTH_STAGES, withGlobals(STAGE_2,    GIVEN,   ANY,   OF_ADDRESS,  OF_ADDRESS)),
            row("TLBI IPAS2LE1", BOTH_STAGES, withGlobals(STAGE_2,   GIVEN,   ANY,   OF_ADDRESS,  NONE)),
            row("TLBI RIPAS2E1", RANGES, withGlobals(    STAGE_2,    GIVEN,   ANY,   OF_ADDRESS,  OF_ADDRESS)),
            row("TLBI RIPAS2LE1", RANGES, withGlobals(   STAGE_2,    GIVEN,   ANY,   OF_ADDRESS,  NONE)),
            row(IPA_AND_ALL, BOTH_STAGES,
                    withGlobals(                         STAGE_2,    GIVEN,   ANY,   OF_ADDRESS,  OF_ADDRESS),
                    withGlobals(                         STAGE_1,    GIVEN,   ANY,   ALL,         ALL)),
            row("TLBI VMALLS12E1", SCOPE, withGlobals(   EVERY_KIND, GIVEN,   ANY,   ALL,         ALL)),
            row(ALLE1, SCOPE, withGlobals(               EVERY_KIND, ANY,     ANY,   ALL,         ALL)),
            row(ABORT, CACHED),
            row(ABORT_2, CACHED),
            row(ENTRY, TAGS),
            row(EXIT, TAGS));
    // @formatter:on

    /**
     * A guest begins to use its ASIDs anew, and a machine turns translation on, with all entries of the VMID gone: so do Linux's
     * arch/arm64/mm/context.c and proc.S. A VM without a VMID of its own is one that the VMM enters with everything gone.
     */
    public static final InvalidationTable TABLE = table(Map.ofEntries(
            Map.entry(InvalidationEvent.PAGE, VAE1),
            Map.entry(InvalidationEvent.PAGE_OF_SPACE, VAE1),
            Map.entry(InvalidationEvent.PAGE_LEAF, VALE1),
            Map.entry(InvalidationEvent.PAGE_LEAF_OF_SPACE, VALE1),
            Map.entry(InvalidationEvent.RANGE, RVAE1),
            Map.entry(InvalidationEvent.RANGE_OF_SPACE, RVAE1),
            Map.entry(InvalidationEvent.RANGE_LEAF, RVALE1),
            Map.entry(InvalidationEvent.RANGE_LEAF_OF_SPACE, RVALE1),
            Map.entry(InvalidationEvent.SPACE, ASIDE1),
            Map.entry(InvalidationEvent.ALL_SPACES, VMALLE1),
            Map.entry(InvalidationEvent.ROOT_LOAD, ASIDE1),
            Map.entry(InvalidationEvent.ROOT_LOAD_KEEPING, TTBR),
            Map.entry(InvalidationEvent.PAGING_SWITCH, VMALLE1),
            Map.entry(InvalidationEvent.FAULT, ABORT),
            Map.entry(InvalidationEvent.STAGE_2_FAULT, ABORT_2),
            Map.entry(InvalidationEvent.STAGE_2_CHANGE, IPA_AND_ALL),
            Map.entry(InvalidationEvent.VM_PAGE, VAAE1_OF_VM),
            Map.entry(InvalidationEvent.VM_ALL, VMALLE1_OF_VM),
            Map.entry(InvalidationEvent.ALL_VMS, ALLE1),
            Map.entry(InvalidationEvent.ENTRY, ENTRY),
            Map.entry(InvalidationEvent.EXIT, EXIT),
            Map.entry(InvalidationEvent.ENTRY_UNTAGGED, ALLE1),
            Map.entry(InvalidationEvent.EXIT_UNTAGGED, EXIT)));

    private ArmInvalidations() {}

    private static InvalidationTable table(Map<InvalidationEvent, String> operations) {
        Map<InvalidationEvent, InvalidationRule> byEvent = new EnumMap<>(InvalidationEvent.class);
        for (InvalidationRule rule : RULES) {
            operations.forEach((event, operation) -> {
                if (rule.operation().equals(operation)) {
                    byEvent.put(event, rule);
                }
            });
        }
        return new InvalidationTable("Arm", RULES, byEvent);
    }

    private static InvalidationRule row(String operation, String source, InvalidationEffect... removals) {
        return new InvalidationRule(operation, source, List.of(removals));
    }

    private static InvalidationEffect withGlobals(
            Set<MappingKind> kinds, TagMatch vm, TagMatch asid, InvalidationScope translations,
            InvalidationScope tables) {
        return new InvalidationEffect(kinds, vm, asid, ANY, translations, tables, true);
    }

    private static InvalidationEffect withoutGlobals(
            Set<MappingKind> kinds, TagMatch vm, TagMatch asid, InvalidationScope translations,
            InvalidationScope tables) {
        return new InvalidationEffect(kinds, vm, asid, ANY, translations, tables, false);
    }
}
