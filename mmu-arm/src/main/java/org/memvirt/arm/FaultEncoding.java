package org.memvirt.arm;

import java.util.LinkedHashMap;
import java.util.Map;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.EncodedFault;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Stage;
import org.memvirt.api.walk.Walk;

/**
 * How a processor reports a walk that failed: an abort that EL1 takes for stage 1, EL2 for stage 2. Arm ARM, "ESR_ELx, Exception
 * Syndrome Register", ISS encodings for Instruction Aborts and Data Aborts; "FAR_ELx"; "HPFAR_EL2".
 *
 * <p>Fields: {@code fst}, the fault status code of ESR, PAR_EL1.FST or an abort's xFSC, with the {@code level} and the
 * {@code stage} that it tells of; {@code esr}, {@code far} and, for stage 2, {@code hpfar}. Not modelled: aborts of cache
 * maintenance (CM), and what only an access of a certain instruction has.
 */
final class FaultEncoding {
    private static final int EC_SHIFT = 26;
    private static final long INSTRUCTION_ABORT = 0x20;
    private static final long DATA_ABORT = 0x24;
    /** Added to these where the exception level stays. */
    private static final long SAME_LEVEL = 1;

    private static final long IL = 1 << 25;
    private static final long S1PTW = 1 << 7;
    private static final long WRITE_NOT_READ = 1 << 6;
    /**
     * ISV, SAS, SSE, SRT, SF and AR: which register the instruction loads or stores. A processor tells it for stage 2, of final
     * addresses.
     */
    private static final long OF_INSTRUCTION = Descriptor.bits(24, 14);

    private static final int ADDRESS_SIZE = 0x00;
    private static final int TRANSLATION = 0x04;
    private static final int ACCESS_FLAG = 0x08;
    private static final int PERMISSION = 0x0c;
    /** At level -1. */
    private static final int ADDRESS_SIZE_BEFORE_0 = 0x29;

    private static final int TRANSLATION_BEFORE_0 = 0x2b;
    /** Synchronous external abort. */
    private static final int EXTERNAL = 0x10;

    private FaultEncoding() {}

    static EncodedFault encode(Walk walk) {
        boolean stageTwo = walk.faultStage == Stage.STAGE_2;
        boolean fetch = (walk.access & Rights.EXECUTE) != 0;
        boolean user = (walk.access & Rights.USER) != 0;
        int level = level(walk);
        long status = status(walk, level);
        boolean stays = !stageTwo && !user;
        long syndrome = (fetch ? INSTRUCTION_ABORT : DATA_ABORT) + (stays ? SAME_LEVEL : 0) << EC_SHIFT
                | IL
                | (stageTwo && walk.faultOnTable ? S1PTW : 0)
                | ((walk.access & Rights.WRITE) != 0 ? WRITE_NOT_READ : 0)
                | status;
        Map<String, Long> fields = new LinkedHashMap<>();
        fields.put("esr", syndrome);
        // A tag is gone before a fetch.
        fields.put("far", fetch ? walk.inputAddress : walk.inputAddress ^ walk.tagBits);
        Map<String, Long> open = new LinkedHashMap<>();
        if (stageTwo) {
            fields.put("hpfar", walk.faultAddress >>> 12 << 4);
            if (!fetch && !walk.faultOnTable) {
                open.put("esr", OF_INSTRUCTION);
            }
            if (walk.fault == Fault.PERMISSION && !walk.faultOnTable) {
                open.put("hpfar", -1L);
            }
        }
        fields.put("fst", status);
        fields.put("level", (long) level);
        fields.put("stage", (long) walk.faultStage.number());
        return new EncodedFault(fetch ? "Instruction Abort" : "Data Abort", fields, open);
    }

    /**
     * The manual's number of the level. What ends before the first table is read is of level 0; so is, where there are no
     * tables, an address that is too wide.
     */
    private static int level(Walk walk) {
        return walk.fault == Fault.ADDRESS_SIZE || walk.faultLevel == 0
                ? 0
                : Layout.LAST_LEVEL + 1 - walk.faultLevel;
    }

    private static long status(Walk walk, int level) {
        return switch (walk.fault) {
            // Without tables, the input address is the output address.
            case ADDRESS_SIZE -> walk.faultLevel == 0 ? ADDRESS_SIZE : TRANSLATION;
            case NOT_PRESENT -> level < 0 ? TRANSLATION_BEFORE_0 : TRANSLATION | level;
            case RESERVED_BIT -> level < 0 ? ADDRESS_SIZE_BEFORE_0 : ADDRESS_SIZE | level;
            case ACCESS_FLAG -> ACCESS_FLAG | level;
            case PERMISSION -> PERMISSION | level;
            case OUT_OF_BOUNDS -> EXTERNAL;
            case NONE, MISCONFIGURED, PROTECTION_KEY ->
                    throw new IllegalArgumentException(walk.fault + " is no fault of AArch64: " + walk);
        };
    }
}
