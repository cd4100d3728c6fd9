package org.memvirt.vmm.shadow;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.memvirt.api.vmm.VmRefused;

/** How shadow tables are kept in step with the guest's. */
enum SyncPolicy {
    /** The guest's tables are write-protected; each store to one traps and is emulated. Nothing is ever out of step. */
    WRITE_PROTECT("write-protect"),
    /**
     * The same for the tables above. One that only holds leaves may be written freely after the first trap; what was built
     * from it is brought back in step when the guest invalidates, or loads a root.
     */
    UNSYNC("unsync"),
    /** Nothing is protected: shadow entries are kept as long as a TLB may keep them, and no longer. */
    VIRTUAL_TLB("virtual-tlb");

    private final String text;

    SyncPolicy(String text) {
        this.text = text;
    }

    /** Whether it is known which tables of the guest a shadow entry was built from, so that stores to them are noticed. */
    boolean tracksTables() {
        return this != VIRTUAL_TLB;
    }

    /** All of them, as options name them. */
    static String names() {
        return Arrays.stream(values()).map(SyncPolicy::toString).collect(Collectors.joining(", "));
    }

    /** @throws VmRefused for a text that names none */
    static SyncPolicy of(String text) {
        for (SyncPolicy policy : values()) {
            if (policy.text.equals(text)) {
                return policy;
            }
        }
        throw new VmRefused("strategy shadow: sync=%s is not one of %s".formatted(text, names()));
    }

    @Override
    public String toString() {
        return text;
    }
}
