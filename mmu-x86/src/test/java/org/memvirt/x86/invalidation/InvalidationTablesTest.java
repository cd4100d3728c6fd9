package org.memvirt.x86.invalidation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.memvirt.api.invalidation.CacheTags;
import org.memvirt.api.invalidation.InvalidationEffect;
import org.memvirt.api.invalidation.InvalidationEvent;
import org.memvirt.api.invalidation.InvalidationRule;
import org.memvirt.api.invalidation.InvalidationTable;
import org.memvirt.engine.cpu.Operand;

/**
 * Each row of both tables, carried out on caches that hold everything: what goes must be what the manual says, told here
 * once more in plain predicates over single entries, and nothing else.
 */
final class InvalidationTablesTest {
    /**
     * One execution of an operation.
     *
     * @param now the tags in use
     * @param named the tags that the operation names
     * @param address the linear address that it names, or whose access failed
     * @param gpa the guest-physical address of the access that failed
     */
    private record Execution(CacheTags now, CacheTags named, long address, long gpa) {}

    /** What the manual says of one operation: whether an entry goes. */
    private interface Manual {
        boolean removes(Held held, Execution done);
    }

    private static final Manual NOTHING = (held, done) -> false;

    /** Linear and combined mappings of the current VM: what operations of the guest itself can reach. */
    private static boolean isOwn(Held held, Execution done) {
        return (held.isLinear() || held.isCombined()) && held.vm() == done.now.vm();
    }

    private static boolean isOf(Held held, int vm) {
        return (held.isLinear() || held.isCombined()) && held.vm() == vm;
    }

    private static final Manual ALL_OWN = InvalidationTablesTest::isOwn;

    /** All but global pages of one PCID of the current VM. */
    private static Manual ownSpace(java.util.function.ToIntFunction<Execution> pcid) {
        return (held, done) -> isOwn(held, done) && !held.isGlobal() && held.pcid() == pcid.applyAsInt(done);
    }

    private static final Manual SPACE_ZERO = ownSpace(done -> 0);
    private static final Manual NAMED_SPACE = ownSpace(done -> done.named.asid());
    private static final Manual ALL_OWN_BUT_GLOBAL = (held, done) -> isOwn(held, done) && !held.isGlobal();

    private static final Manual PAGE_AND_ALL_TABLES = (held, done) -> {
        if (!isOwn(held, done)) {
            return false;
        }
        if (held.isTable()) {
            return held.pcid() == done.now.asid();
        }
        return held.isFor(done.address) && (held.isGlobal() || held.pcid() == done.now.asid());
    };

    private static final Manual PAGE_AND_ITS_TABLES = (held, done) -> isOwn(held, done)
            && held.isFor(done.address)
            && (held.isGlobal() || held.pcid() == done.now.asid());

    private static final Manual NAMED_PAGE_AND_ITS_TABLES = (held, done) -> isOwn(held, done)
            && held.isFor(done.address)
            && !held.isGlobal()
            && held.pcid() == done.named.asid();

    private static final Manual NAMED_PAGE_AND_ALL_TABLES = (held, done) -> isOwn(held, done)
            && !held.isGlobal()
            && held.pcid() == done.named.asid()
            && (held.isTable() || held.isFor(done.address));

    private static final Manual HOST_TAGGED = (held, done) -> isOf(held, 0);
    private static final Manual EVERYTHING = (held, done) -> true;

    private static Map<String, Manual> intel() {
        Map<String, Manual> manual = new LinkedHashMap<>();
        manual.put("INVLPG", PAGE_AND_ALL_TABLES);
        manual.put("INVPCID type 0", NAMED_PAGE_AND_ITS_TABLES);
        manual.put("INVPCID type 1", NAMED_SPACE);
        manual.put("INVPCID type 2", ALL_OWN);
        manual.put("INVPCID type 3", ALL_OWN_BUT_GLOBAL);
        manual.put("MOV to CR3, CR4.PCIDE=0", SPACE_ZERO);
        manual.put("MOV to CR3, CR4.PCIDE=1, bit 63=0", NAMED_SPACE);
        manual.put("MOV to CR3, CR4.PCIDE=1, bit 63=1", NOTHING);
        manual.put("task switch that changes CR3", SPACE_ZERO);
        manual.put("MOV to CR0 that changes PG or PE", ALL_OWN);
        manual.put("MOV to CR4 that changes PGE", ALL_OWN);
        manual.put("MOV to CR4 that clears PCIDE", ALL_OWN);
        manual.put("MOV to CR4 that sets PCIDE", NOTHING);
        manual.put("MOV to CR4 that changes PAE", InvalidationTablesTest::currentSpaceWithGlobals);
        manual.put("MOV to CR4 that sets SMEP", InvalidationTablesTest::currentSpaceWithGlobals);
        manual.put("MOV to CR4 that changes PSE", ALL_OWN);
        manual.put("page fault", PAGE_AND_ITS_TABLES);
        manual.put("VM entry without VPID", HOST_TAGGED);
        manual.put("VM exit without VPID", HOST_TAGGED);
        manual.put("VM entry with VPID", NOTHING);
        manual.put("VM exit with VPID", NOTHING);
        manual.put("VMXON and VMXOFF", NOTHING);
        manual.put("INVVPID type 0", (held, done) -> isOf(held, done.named.vm()) && held.isFor(done.address));
        manual.put("INVVPID type 1", (held, done) -> isOf(held, done.named.vm()));
        manual.put("INVVPID type 2", (held, done) -> !held.isGuestPhysical() && held.vm() != 0);
        manual.put("INVVPID type 3", (held, done) -> isOf(held, done.named.vm()) && !held.isGlobal());
        manual.put(
                "INVEPT type 1",
                (held, done) -> !held.isLinear() && held.root() == done.named.stageTwoRoot());
        manual.put("INVEPT type 2", (held, done) -> !held.isLinear());
        manual.put("EPT violation", (held, done) -> {
            if (held.isLinear() || held.root() != done.now.stageTwoRoot()) {
                return false;
            }
            return held.isGuestPhysical()
                    ? held.isFor(done.gpa)
                    : PAGE_AND_ITS_TABLES.removes(held, done) && !held.isOnlyNear(done.address);
        });
        manual.put("EPT misconfiguration", NOTHING);
        manual.put("reset", EVERYTHING);
        return manual;
    }

    private static boolean currentSpaceWithGlobals(Held held, Execution done) {
        return isOwn(held, done) && (held.isGlobal() || held.pcid() == done.now.asid());
    }

    private static Map<String, Manual> amd() {
        Map<String, Manual> manual = new LinkedHashMap<>();
        manual.put("INVLPG, EFER.TCE=0", PAGE_AND_ALL_TABLES);
        manual.put("INVLPG, EFER.TCE=1", PAGE_AND_ITS_TABLES);
        manual.put(
                "INVLPGA",
                (held, done) -> isOf(held, done.named.vm()) && (held.isTable() || held.isFor(done.address)));
        manual.put("INVPCID type 0, EFER.TCE=0", NAMED_PAGE_AND_ALL_TABLES);
        manual.put("INVPCID type 0, EFER.TCE=1", NAMED_PAGE_AND_ITS_TABLES);
        manual.put("INVPCID type 1", NAMED_SPACE);
        manual.put("INVPCID type 2", ALL_OWN);
        manual.put("INVPCID type 3", ALL_OWN_BUT_GLOBAL);
        manual.put("MOV to CR3, CR4.PCIDE=0", SPACE_ZERO);
        manual.put("MOV to CR3, CR4.PCIDE=1, bit 63=0", NAMED_SPACE);
        manual.put("MOV to CR3, CR4.PCIDE=1, bit 63=1", NOTHING);
        manual.put("task switch that changes CR3", SPACE_ZERO);
        manual.put("MOV to CR0 that changes PG", ALL_OWN);
        manual.put("MOV to CR4 that changes PGE", ALL_OWN);
        manual.put("MOV to CR4 that changes PAE", ALL_OWN);
        manual.put("MOV to CR4 that changes PSE", ALL_OWN);
        manual.put("MOV to CR4 that sets PKE", ALL_OWN);
        manual.put("MOV to CR4 that clears PCIDE", ALL_OWN);
        manual.put("page fault", PAGE_AND_ITS_TABLES);
        manual.put("nested page fault", (held, done) -> {
            if (held.isLinear() || held.vm() != done.now.vm() || held.root() != done.now.stageTwoRoot()) {
                return false;
            }
            return held.isGuestPhysical()
                    ? held.isFor(done.gpa)
                    : PAGE_AND_ITS_TABLES.removes(held, done) && !held.isOnlyNear(done.address);
        });
        manual.put("VMRUN, TLB_CONTROL=0", NOTHING);
        manual.put("VMRUN, TLB_CONTROL=1", EVERYTHING);
        manual.put("VMRUN, TLB_CONTROL=3", (held, done) -> held.vm() == done.named.vm());
        manual.put("VMRUN, TLB_CONTROL=7", (held, done) -> held.vm() == done.named.vm() && !held.isGlobal());
        manual.put("#VMEXIT", NOTHING);
        manual.put("external initialization", EVERYTHING);
        return manual;
    }

    static Stream<String> intelRows() {
        return intel().keySet().stream();
    }

    static Stream<String> amdRows() {
        return amd().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("intelRows")
    void intelRemovesWhatTheManualSaysAndNothingElse(String operation) {
        check(X86Invalidations.INTEL, operation, intel().get(operation));
    }

    @ParameterizedTest
    @MethodSource("amdRows")
    void amdRemovesWhatTheManualSaysAndNothingElse(String operation) {
        check(X86Invalidations.AMD, operation, amd().get(operation));
    }

    @Test
    void everyRowHasBeenRead() {
        assertThat(X86Invalidations.INTEL.rules().stream().map(InvalidationRule::operation))
                .containsExactlyInAnyOrderElementsOf(intel().keySet());
        assertThat(X86Invalidations.AMD.rules().stream().map(InvalidationRule::operation))
                .containsExactlyInAnyOrderElementsOf(amd().keySet());
    }

    @Test
    void everyRowNamesItsManual() {
        assertThat(X86Invalidations.INTEL.rules()).allMatch(rule -> rule.source().startsWith("SDM vol. 3, "));
        assertThat(X86Invalidations.AMD.rules()).allMatch(rule -> rule.source().startsWith("APM vol. 2, "));
    }

    @Test
    void anUnknownOperationIsRefusedByName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> X86Invalidations.INTEL.rule("INVLPGA"))
                .withMessageContaining("'INVLPGA'")
                .withMessageContaining("INVLPG,");
    }

    private static void check(InvalidationTable table, String operation, Manual manual) {
        InvalidationRule rule = table.rule(operation);
        for (Execution done : executions()) {
            FilledCaches filled = new FilledCaches(table);
            filled.caches.invalidate(
                    rule, done.now, new Operand(done.named, done.address, 1, done.gpa, 1), FilledCaches.FORMAT);
            List<Held> wronglyKept = new ArrayList<>();
            List<Held> wronglyGone = new ArrayList<>();
            for (Held held : filled.all) {
                boolean goes = manual.removes(held, done);
                if (goes == filled.has(held)) {
                    (goes ? wronglyKept : wronglyGone).add(held);
                }
            }
            assertThat(wronglyKept).as("%s must remove, %s", operation, done).isEmpty();
            assertThat(wronglyGone).as("%s must keep, %s", operation, done).isEmpty();
        }
    }

    /** Whether some execution removes otherwise than the manual says. */
    private static boolean deviates(InvalidationTable table, InvalidationRule rule, Manual manual) {
        for (Execution done : executions()) {
            FilledCaches filled = new FilledCaches(table);
            filled.caches.invalidate(
                    rule, done.now, new Operand(done.named, done.address, 1, done.gpa, 1), FilledCaches.FORMAT);
            if (filled.all.stream().anyMatch(held -> filled.has(held) == manual.removes(held, done))) {
                return true;
            }
        }
        return false;
    }

    /** The tests above would notice a row with any one of its parts taken out or changed. */
    @ParameterizedTest
    @MethodSource("intelRows")
    void aChangeOfAnyPartOfIntelsRowsIsNoticed(String operation) {
        everyAlterationDeviates(X86Invalidations.INTEL, operation, intel().get(operation));
    }

    @ParameterizedTest
    @MethodSource("amdRows")
    void aChangeOfAnyPartOfAmdsRowsIsNoticed(String operation) {
        everyAlterationDeviates(X86Invalidations.AMD, operation, amd().get(operation));
    }

    private static void everyAlterationDeviates(InvalidationTable table, String operation, Manual manual) {
        InvalidationRule rule = table.rule(operation);
        for (List<InvalidationEffect> altered : Alterations.of(rule)) {
            assertThat(deviates(table, new InvalidationRule(operation, rule.source(), altered), manual))
                    .as("%s with %s in place of %s", operation, altered, rule.removals())
                    .isTrue();
        }
    }

    private static List<Execution> executions() {
        List<Execution> executions = new ArrayList<>();
        CacheTags native0 = new CacheTags(0, 1, CacheTags.NO_STAGE_TWO);
        CacheTags guest = new CacheTags(1, 1, FilledCaches.ROOT_A);
        CacheTags other = new CacheTags(2, 2, FilledCaches.ROOT_B);
        executions.add(new Execution(guest, other, FilledCaches.SMALL + 0x123, FilledCaches.GUEST_SMALL + 8));
        executions
                .add(new Execution(guest, other, FilledCaches.LARGE + 0x12_3456, FilledCaches.GUEST_LARGE + 0x1_0000));
        executions.add(new Execution(guest, guest, FilledCaches.SPLINTERED + 0x7008, FilledCaches.GUEST_FAR));
        executions.add(new Execution(guest, other, FilledCaches.SPLINTERED + 0x3008, FilledCaches.GUEST_FAR));
        executions.add(new Execution(native0, other, FilledCaches.GLOBAL_SPLINTERED + 0x5000, FilledCaches.GUEST_FAR));
        executions.add(new Execution(native0, guest, FilledCaches.HUGE + 0x1234_5678, FilledCaches.GUEST_SMALL));
        executions.add(new Execution(other, native0, FilledCaches.GLOBAL_SMALL + 1, FilledCaches.GUEST_LARGE));
        executions.add(new Execution(other, guest, FilledCaches.FAR + 1, FilledCaches.GUEST_LARGE - 1));
        executions.add(new Execution(other, other, FilledCaches.GLOBAL_LARGE + 0x10_0000, 0));
        return executions;
    }

    /** x86 has one operation for a page of the space in use, and one for a page of another. */
    @Test
    void leavesTablesAndRangesAreInvalidatedAlike() {
        for (InvalidationTable table : List.of(X86Invalidations.INTEL, X86Invalidations.AMD)) {
            for (InvalidationEvent event : List.of(InvalidationEvent.PAGE_LEAF, InvalidationEvent.RANGE,
                    InvalidationEvent.RANGE_LEAF)) {
                assertThat(table.rule(event)).isSameAs(table.rule(InvalidationEvent.PAGE));
            }
            for (InvalidationEvent event : List.of(
                    InvalidationEvent.PAGE_LEAF_OF_SPACE,
                    InvalidationEvent.RANGE_OF_SPACE,
                    InvalidationEvent.RANGE_LEAF_OF_SPACE)) {
                assertThat(table.rule(event)).isSameAs(table.rule(InvalidationEvent.PAGE_OF_SPACE));
            }
        }
    }

    @Test
    void aRangeIsInvalidatedAsItsPagesAreOneByOne() {
        CacheTags now = new CacheTags(1, 1, FilledCaches.ROOT_A);
        for (String operation : List.of("INVLPG", "INVPCID type 0")) {
            InvalidationRule rule = X86Invalidations.INTEL.rule(operation);
            for (long[] range : new long[][] {
                {FilledCaches.SMALL, 0x6000},
                {FilledCaches.SMALL - 0x1000, 0x5000},
                {FilledCaches.SPLINTERED - 0x2000, 0x6000},
                {FilledCaches.LARGE + 0x1f_e000, 0x4000},
                {FilledCaches.GLOBAL_SPLINTERED + 0x8000, 0x2000},
            }) {
                FilledCaches together = new FilledCaches(X86Invalidations.INTEL);
                FilledCaches pages = new FilledCaches(X86Invalidations.INTEL);
                together.caches.invalidate(rule, now, Operand.of(now, range[0], range[1]), FilledCaches.FORMAT);
                for (long at = range[0]; at < range[0] + range[1]; at += 0x1000) {
                    pages.caches.invalidate(rule, now, Operand.of(now, at, 0x1000), FilledCaches.FORMAT);
                }
                assertThat(together.all.stream().map(together::has).toList())
                        .as("%s from %#x on", operation, range[0])
                        .isEqualTo(pages.all.stream().map(pages::has).toList());
            }
        }
    }

    /** SDM: only if the guest-physical address was the translation of a linear address do combined mappings go. */
    @Test
    void anEptViolationOnATableRemovesNoCombinedMapping() {
        FilledCaches filled = new FilledCaches(X86Invalidations.INTEL);
        CacheTags now = new CacheTags(1, 1, FilledCaches.ROOT_A);
        filled.caches.invalidate(
                X86Invalidations.INTEL.rule("EPT violation"),
                now,
                new Operand(now, FilledCaches.SMALL, 0, FilledCaches.GUEST_SMALL, 1),
                FilledCaches.FORMAT);
        for (Held held : filled.all) {
            boolean goes = held.isGuestPhysical()
                    && held.root() == FilledCaches.ROOT_A
                    && held.isFor(FilledCaches.GUEST_SMALL);
            assertThat(filled.has(held)).as("%s", held).isNotEqualTo(goes);
        }
    }

    @Test
    void everythingFilledIsThereAtFirst() {
        FilledCaches filled = new FilledCaches(X86Invalidations.INTEL);
        assertThat(filled.all).hasSizeGreaterThan(450).allMatch(filled::has);
        filled.caches.invalidateAll();
        assertThat(filled.all).noneMatch(filled::has);
    }
}
