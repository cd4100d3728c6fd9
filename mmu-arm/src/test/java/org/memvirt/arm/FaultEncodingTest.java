package org.memvirt.arm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.EncodedFault;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Stage;
import org.memvirt.api.walk.Walk;

/** Aborts to EL2, and what registers hold beside the status; Arm ARM, "ESR_EL2", "FAR_EL2", "HPFAR_EL2". */
final class FaultEncodingTest {
    private static final long VIRTUAL = 0x7f00_1234_5678L;
    private static final long INTERMEDIATE = 0x8765_4321_0abcL;

    private static Walk failed(int access, Fault fault, int level) {
        Walk walk = Walk.outer();
        walk.start(0, VIRTUAL, access);
        walk.fail(fault, level, 0);
        return walk;
    }

    private static EncodedFault ofStageTwo(int access, boolean onTable, Fault fault, int level) {
        Walk walk = failed(access, fault, level);
        walk.faultStage = Stage.STAGE_2;
        walk.faultAddress = INTERMEDIATE;
        walk.faultOnTable = onTable;
        return FaultEncoding.encode(walk);
    }

    /** An abort from EL0 or EL1 comes from a lower level: EC 0x20 or 0x24. */
    @ParameterizedTest
    @CsvSource({
        "USER_READ, false, NOT_PRESENT, 2, 0x92000006", "SUPERVISOR_READ, false, NOT_PRESENT, 1, 0x92000007",
        "SUPERVISOR_WRITE, false, PERMISSION, 1, 0x9200004f", "SUPERVISOR_EXECUTE, false, PERMISSION, 3, 0x8200000d",
        "USER_READ, true, NOT_PRESENT, 3, 0x92000085", "USER_WRITE, true, PERMISSION, 2, 0x920000ce",
        "USER_EXECUTE, true, ACCESS_FLAG, 1, 0x8200008b", "USER_READ, true, ADDRESS_SIZE, 4, 0x92000084",
        "USER_READ, false, RESERVED_BIT, 4, 0x92000000", "USER_READ, false, RESERVED_BIT, 5, 0x92000029",
        "USER_READ, true, NOT_PRESENT, 5, 0x920000ab"
    })
    void abortsToEl2(String access, boolean onTable, Fault fault, int level, String esr) throws Exception {
        int rights = Rights.class.getField(access).getInt(null);
        EncodedFault encoded = ofStageTwo(rights, onTable, fault, level);
        assertThat("0x%x".formatted(encoded.fields().get("esr"))).isEqualTo(esr);
        assertThat(encoded.name()).isEqualTo(access.endsWith("EXECUTE") ? "Instruction Abort" : "Data Abort");
        assertThat(encoded.fields())
                .containsEntry("far", VIRTUAL)
                // FIPA: bits 51:12 of the address, from bit 4.
                .containsEntry("hpfar", 0x8765_4321_0L << 4)
                .containsEntry("stage", 2L)
                .containsEntry("fst", Long.decode(esr) & 0x3f);
    }

    @ParameterizedTest
    @CsvSource({"NOT_PRESENT, 1, 3", "PERMISSION, 3, 1", "NOT_PRESENT, 5, -1", "ADDRESS_SIZE, 4, 0",
        "RESERVED_BIT, 0, 0"})
    void levelsAreTheManuals(Fault fault, int level, long expected) {
        assertThat(FaultEncoding.encode(failed(Rights.USER_READ, fault, level)).fields())
                .containsEntry("level", expected)
                .containsEntry("stage", 1L);
    }

    /** ISV to AR tell of the instruction, which is not known here: of a final data access in stage 2 alone. */
    @Test
    void whatIsNotKnownIsLeftOpen() {
        long ofInstruction = 0x1ffc000;
        assertThat(ofStageTwo(Rights.USER_READ, false, Fault.NOT_PRESENT, 1).openBits())
                .isEqualTo(Map.of("esr", ofInstruction));
        assertThat(ofStageTwo(Rights.USER_WRITE, false, Fault.PERMISSION, 1).openBits())
                .isEqualTo(Map.of("esr", ofInstruction, "hpfar", -1L));
        assertThat(ofStageTwo(Rights.USER_EXECUTE, false, Fault.PERMISSION, 1).openBits())
                .isEqualTo(Map.of("hpfar", -1L));
        assertThat(ofStageTwo(Rights.USER_READ, true, Fault.PERMISSION, 1).openBits()).isEmpty();
        assertThat(FaultEncoding.encode(failed(Rights.USER_READ, Fault.PERMISSION, 1)).openBits()).isEmpty();
    }

    /** FAR holds the address with its tag for data; a fetch has lost it. */
    @Test
    void theAddressHasItsTag() {
        for (int access : new int[] {Rights.USER_READ, Rights.SUPERVISOR_WRITE}) {
            Walk walk = failed(access, Fault.NOT_PRESENT, 1);
            walk.tagBits = 0xabL << 56;
            assertThat(FaultEncoding.encode(walk).fields()).containsEntry("far", 0xabL << 56 | VIRTUAL);
        }
        Walk fetch = failed(Rights.USER_EXECUTE, Fault.NOT_PRESENT, 1);
        fetch.tagBits = 0xabL << 56;
        assertThat(FaultEncoding.encode(fetch).fields()).containsEntry("far", VIRTUAL);
    }
}
