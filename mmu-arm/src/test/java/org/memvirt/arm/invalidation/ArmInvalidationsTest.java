package org.memvirt.arm.invalidation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.memvirt.api.invalidation.InvalidationEvent;
import org.memvirt.api.invalidation.InvalidationTable;
import org.memvirt.testkit.invalidation.Held;
import org.memvirt.testkit.invalidation.InvalidationContract;

/** Arm's table, row by row. */
final class ArmInvalidationsTest extends InvalidationContract {
    @Override
    protected InvalidationTable table() {
        return ArmInvalidations.TABLE;
    }

    @Override
    protected String source() {
        return "Arm ARM, ";
    }

    private static boolean isGlobalOrOfAsid(Held held, Execution done) {
        return held.isGlobal() || held.asid() == done.named().asid();
    }

    /** Any level of the walk of the address, of one ASID and global. */
    private static final Manual ADDRESS =
            (held, done) -> isOwn(held, done) && held.isFor(done.address()) && isGlobalOrOfAsid(held, done);

    private static final Manual ADDRESS_OF_ALL = (held, done) -> isOwn(held, done) && held.isFor(done.address());

    private static final Manual LAST_LEVEL = (held, done) -> !held.isTable() && ADDRESS.removes(held, done);

    private static final Manual LAST_LEVEL_OF_ALL =
            (held, done) -> !held.isTable() && ADDRESS_OF_ALL.removes(held, done);

    private static final Manual ALL_OF_VM = (held, done) -> isOf(held, done.named().vm());

    private static final Manual IPA =
            (held, done) -> held.isOfStageTwo() && held.vm() == done.named().vm() && held.isFor(done.gpa());

    private static final Manual LAST_LEVEL_OF_IPA = (held, done) -> !held.isTable() && IPA.removes(held, done);

    @Override
    protected Map<String, Manual> manual() {
        Map<String, Manual> manual = new LinkedHashMap<>();
        manual.put("TLBI VAE1", ADDRESS);
        manual.put("TLBI VAAE1", ADDRESS_OF_ALL);
        manual.put("TLBI VALE1", LAST_LEVEL);
        manual.put("TLBI VAALE1", LAST_LEVEL_OF_ALL);
        manual.put("TLBI RVAE1", ADDRESS);
        manual.put("TLBI RVAAE1", ADDRESS_OF_ALL);
        manual.put("TLBI RVALE1", LAST_LEVEL);
        manual.put("TLBI RVAALE1", LAST_LEVEL_OF_ALL);
        manual.put(
                "TLBI ASIDE1",
                (held, done) -> isOwn(held, done) && !held.isGlobal() && held.asid() == done.named().asid());
        manual.put("TLBI VMALLE1", (held, done) -> isOwn(held, done));
        manual.put("MSR TTBR0_EL1 or TTBR1_EL1", NOTHING);
        manual.put(
                "TLBI VAAE1 by EL2",
                (held, done) -> isOf(held, done.named().vm()) && held.isFor(done.address()));
        manual.put("TLBI VMALLE1 by EL2", ALL_OF_VM);
        manual.put("TLBI IPAS2E1", IPA);
        manual.put("TLBI IPAS2LE1", LAST_LEVEL_OF_IPA);
        manual.put("TLBI RIPAS2E1", IPA);
        manual.put("TLBI RIPAS2LE1", LAST_LEVEL_OF_IPA);
        manual.put(
                "TLBI IPAS2E1, then VMALLE1, by EL2",
                (held, done) -> IPA.removes(held, done) || ALL_OF_VM.removes(held, done));
        manual.put("TLBI VMALLS12E1", (held, done) -> held.vm() == done.named().vm());
        manual.put("TLBI ALLE1", EVERYTHING);
        manual.put("abort of stage 1", NOTHING);
        manual.put("abort of stage 2", NOTHING);
        manual.put("ERET to EL1", NOTHING);
        manual.put("exception to EL2", NOTHING);
        return manual;
    }

    @Test
    void leavesAndRangesHaveOperationsOfTheirOwn() {
        assertThat(List.of(
                InvalidationEvent.PAGE,
                InvalidationEvent.PAGE_LEAF,
                InvalidationEvent.RANGE,
                InvalidationEvent.RANGE_LEAF))
                        .extracting(event -> table().rule(event).operation())
                        .containsExactly("TLBI VAE1", "TLBI VALE1", "TLBI RVAE1", "TLBI RVALE1");
    }
}
