package org.memvirt.x86.invalidation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.memvirt.api.invalidation.CacheTags;
import org.memvirt.api.invalidation.InvalidationEvent;
import org.memvirt.api.invalidation.InvalidationRule;
import org.memvirt.api.invalidation.InvalidationTable;
import org.memvirt.engine.cpu.Operand;
import org.memvirt.testkit.invalidation.FilledCaches;
import org.memvirt.testkit.invalidation.Held;
import org.memvirt.testkit.invalidation.InvalidationContract;
import org.memvirt.testkit.invalidation.InvalidationContract.Execution;
import org.memvirt.testkit.invalidation.InvalidationContract.Manual;

/**
 * Each row of both tables, carried out on caches that hold everything: what goes must be what the manual says, told here
 * once more in plain predicates over single entries, and nothing else.
 */
final class InvalidationTablesTest {
    private static final Manual NOTHING = (held, done) -> false;

    /** Linear and combined mappings of the current VM: what operations of the guest itself can reach. */
    private static boolean isOwn(Held held, Execution done) {
        return (held.isOfStageOne() || held.isCombined()) && held.vm() == done.now().vm();
    }

    private static boolean isOf(Held held, int vm) {
        return (held.isOfStageOne() || held.isCombined()) && held.vm() == vm;
    }

    private static final Manual ALL_OWN = InvalidationTablesTest::isOwn;

    /** All but global pages of one PCID of the current VM. */
    private static Manual ownSpace(java.util.function.ToIntFunction<Execution> pcid) {
        return (held, done) -> isOwn(held, done) && !held.isGlobal() && held.asid() == pcid.applyAsInt(done);
    }

    private static final Manual SPACE_ZERO = ownSpace(done -> 0);
    private static final Manual NAMED_SPACE = ownSpace(done -> done.named().asid());
    private static final Manual ALL_OWN_BUT_GLOBAL = (held, done) -> isOwn(held, done) && !held.isGlobal();

    private static final Manual PAGE_AND_ALL_TABLES = (held, done) -> {
        if (!isOwn(held, done)) {
            return false;
        }
        if (held.isTable()) {
            return held.asid() == done.now().asid();
        }
        return held.isFor(done.address()) && (held.isGlobal() || held.asid() == done.now().asid());
    };

    private static final Manual PAGE_AND_ITS_TABLES = (held, done) -> isOwn(held, done)
            && held.isFor(done.address())
            && (held.isGlobal() || held.asid() == done.now().asid());

    private static final Manual NAMED_PAGE_AND_ITS_TABLES = (held, done) -> isOwn(held, done)
            && held.isFor(done.address())
            && !held.isGlobal()
            && held.asid() == done.named().asid();

    private static final Manual NAMED_PAGE_AND_ALL_TABLES = (held, done) -> isOwn(held, done)
            && !held.isGlobal()
            && held.asid() == done.named().asid()
            && (held.isTable() || held.isFor(done.address()));

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
        manual.put("INVVPID type 0", (held, done) -> isOf(held, done.named().vm()) && held.isFor(done.address()));
        manual.put("INVVPID type 1", (held, done) -> isOf(held, done.named().vm()));
        manual.put("INVVPID type 2", (held, done) -> !held.isOfStageTwo() && held.vm() != 0);
        manual.put("INVVPID type 3", (held, done) -> isOf(held, done.named().vm()) && !held.isGlobal());
        manual.put(
                "INVEPT type 1",
                (held, done) -> !held.isOfStageOne() && held.root() == done.named().stageTwoRoot());
        manual.put("INVEPT type 2", (held, done) -> !held.isOfStageOne());
        manual.put("EPT violation", (held, done) -> {
            if (held.isOfStageOne() || held.root() != done.now().stageTwoRoot()) {
                return false;
            }
            return held.isOfStageTwo()
                    ? held.isFor(done.gpa())
                    : PAGE_AND_ITS_TABLES.removes(held, done) && !held.isOnlyNear(done.address());
        });
        manual.put("EPT misconfiguration", NOTHING);
        manual.put("reset", EVERYTHING);
        return manual;
    }

    private static boolean currentSpaceWithGlobals(Held held, Execution done) {
        return isOwn(held, done) && (held.isGlobal() || held.asid() == done.now().asid());
    }

    private static Map<String, Manual> amd() {
        Map<String, Manual> manual = new LinkedHashMap<>();
        manual.put("INVLPG, EFER.TCE=0", PAGE_AND_ALL_TABLES);
        manual.put("INVLPG, EFER.TCE=1", PAGE_AND_ITS_TABLES);
        manual.put(
                "INVLPGA",
                (held, done) -> isOf(held, done.named().vm()) && (held.isTable() || held.isFor(done.address())));
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
            if (held.isOfStageOne() || held.vm() != done.now().vm() || held.root() != done.now().stageTwoRoot()) {
                return false;
            }
            return held.isOfStageTwo()
                    ? held.isFor(done.gpa())
                    : PAGE_AND_ITS_TABLES.removes(held, done) && !held.isOnlyNear(done.address());
        });
        manual.put("VMRUN, TLB_CONTROL=0", NOTHING);
        manual.put("VMRUN, TLB_CONTROL=1", EVERYTHING);
        manual.put("VMRUN, TLB_CONTROL=3", (held, done) -> held.vm() == done.named().vm());
        manual.put("VMRUN, TLB_CONTROL=7", (held, done) -> held.vm() == done.named().vm() && !held.isGlobal());
        manual.put("#VMEXIT", NOTHING);
        manual.put("external initialization", EVERYTHING);
        return manual;
    }

    private abstract static class Table extends InvalidationContract {
        private final InvalidationTable table;
        private final Map<String, Manual> manual;
        private final String source;

        Table(InvalidationTable table, Map<String, Manual> manual, String source) {
            this.table = table;
            this.manual = manual;
            this.source = source;
        }

        @Override
        protected InvalidationTable table() {
            return table;
        }

        @Override
        protected Map<String, Manual> manual() {
            return manual;
        }

        @Override
        protected String source() {
            return source;
        }
    }

    @Nested
    final class Intel extends Table {
        Intel() {
            super(X86Invalidations.INTEL, intel(), "SDM vol. 3, ");
        }
    }

    @Nested
    final class Amd extends Table {
        Amd() {
            super(X86Invalidations.AMD, amd(), "APM vol. 2, ");
        }
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
            boolean goes = held.isOfStageTwo()
                    && held.root() == FilledCaches.ROOT_A
                    && held.isFor(FilledCaches.GUEST_SMALL);
            assertThat(filled.has(held)).as("%s", held).isNotEqualTo(goes);
        }
    }
}
