package org.memvirt.x86;

import java.util.LinkedHashMap;
import java.util.Map;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.EncodedFault;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Stage;
import org.memvirt.api.walk.Walk;

/**
 * How x86 processors report a walk that failed: an exception to the guest, or an exit to the VMM.
 *
 * <p>Not modelled: advanced VM-exit information for EPT violations, and #SS for a stack access that is not canonical.
 */
final class FaultEncoding {
    /** In {@link Walk#faultDetail}: the processor tells fetches from reads. */
    static final long FETCH_REPORTED = 1L << 62;

    /** In {@link Walk#faultDetail}: the second stage is AMD's. */
    static final long NESTED = 1L << 61;

    /** In {@link Walk#faultDetail}: it is the load of a root that failed, not an access. */
    static final long ROOT_LOAD = 1L << 60;

    // SDM, "Page-Fault Exceptions": the error code; bits 4:0 are EXITINFO1's, too.
    private static final long PROTECTION = 1;
    private static final long WRITE = 1 << 1;
    private static final long USER = 1 << 2;
    private static final long RESERVED = 1 << 3;
    private static final long FETCH = 1 << 4;
    private static final long KEY = 1 << 5;

    // APM, "Nested versus Guest Page Faults, Fault Ordering".
    private static final long FINAL_ADDRESS = 1L << 32;
    private static final long GUEST_TABLE = 1L << 33;
    private static final long EXIT_NPF = 0x400;

    // SDM, "Basic VM-Exit Information", and its table of exit qualifications for EPT violations.
    private static final long EXIT_EPT_VIOLATION = 48;
    private static final long EXIT_EPT_MISCONFIGURATION = 49;
    private static final long COMBINED_RIGHTS = 0xf << 3;
    private static final long LINEAR_VALID = 1 << 7;
    private static final long OF_LINEAR = 1 << 8;

    private FaultEncoding() {}

    static EncodedFault encode(Walk walk) {
        if (walk.fault == Fault.OUT_OF_BOUNDS) {
            return fault("#MC", "vector", 18L, "address", walk.faultAddress);
        }
        if (walk.faultStage == Stage.STAGE_1) {
            return walk.fault == Fault.ADDRESS_SIZE || (walk.faultDetail & ROOT_LOAD) != 0
                    ? fault("#GP", "vector", 13L, "error", 0L)
                    : fault("#PF", "vector", 14L, "error", errorCode(walk), "cr2", walk.faultAddress);
        }
        if ((walk.faultDetail & NESTED) != 0) {
            return fault(
                    "#NPF",
                    "exitcode",
                    EXIT_NPF,
                    "exitinfo1",
                    // A nested access is a user access, whoever makes it.
                    errorCode(walk) | USER | (walk.faultOnTable ? GUEST_TABLE : FINAL_ADDRESS),
                    "exitinfo2",
                    walk.faultAddress);
        }
        if (walk.fault == Fault.MISCONFIGURED) {
            return fault("EPT misconfiguration", "reason", EXIT_EPT_MISCONFIGURATION, "gpa", walk.faultAddress);
        }
        // SDM, exit qualification for EPT violations, bit 7: the load of directory pointers has no linear address.
        return walk.inputAddress == Walk.NOWHERE
                ? fault(
                        "EPT violation",
                        "reason",
                        EXIT_EPT_VIOLATION,
                        "qualification",
                        qualification(walk),
                        "gpa",
                        walk.faultAddress)
                : fault(
                        "EPT violation",
                        "reason",
                        EXIT_EPT_VIOLATION,
                        "qualification",
                        qualification(walk) | LINEAR_VALID | (walk.faultOnTable ? 0 : OF_LINEAR),
                        "gpa",
                        walk.faultAddress,
                        "gla",
                        walk.inputAddress);
    }

    private static long errorCode(Walk walk) {
        long code =
                switch (walk.fault) {
                    case NOT_PRESENT, ADDRESS_SIZE -> 0;
                    case RESERVED_BIT, MISCONFIGURED -> PROTECTION | RESERVED;
                    case PROTECTION_KEY -> PROTECTION | KEY;
                    case PERMISSION -> PROTECTION;
                    case NONE, ACCESS_FLAG, OUT_OF_BOUNDS ->
                            throw new IllegalArgumentException(walk.fault + " is no page fault of x86: " + walk);
                };
        boolean fetch = (walk.faultAccess & Rights.EXECUTE) != 0 && (walk.faultDetail & FETCH_REPORTED) != 0;
        return code
                | ((walk.faultAccess & Rights.WRITE) == 0 ? 0 : WRITE)
                | ((walk.faultAccess & Rights.USER) == 0 ? 0 : USER)
                | (fetch ? FETCH : 0);
    }

    private static long qualification(Walk walk) {
        return ((walk.faultAccess & Rights.READ) == 0 ? 0 : 1)
                | ((walk.faultAccess & Rights.WRITE) == 0 ? 0 : 1 << 1)
                | ((walk.faultAccess & Rights.EXECUTE) == 0 ? 0 : 1 << 2)
                | walk.faultDetail & COMBINED_RIGHTS;
    }

    private static EncodedFault fault(String name, Object... fieldsAndValues) {
        Map<String, Long> fields = new LinkedHashMap<>();
        for (int i = 0; i < fieldsAndValues.length; i += 2) {
            fields.put((String) fieldsAndValues[i], (Long) fieldsAndValues[i + 1]);
        }
        return new EncodedFault(name, fields);
    }
}
