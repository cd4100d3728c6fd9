package org.memvirt.api.vmm;

import java.util.List;

/**
 * Why a guest was left for its VMM. Plug-ins may make causes of their own.
 *
 * @param name lower-case with hyphens: the key in results, and of its cost in the cost model
 */
public record ExitCause(String name) {
    /** Stage 2 had no translation, or forbade the access: EPT violation, NPF, Arm stage-2 abort. */
    public static final ExitCause STAGE_2_FAULT = new ExitCause("stage2-fault");

    /** The second stage's TLB had no entry for what the VMM's own table maps: software fills it. */
    public static final ExitCause STAGE_2_REFILL = new ExitCause("stage2-refill");

    /** A stage-2 entry is one that its format forbids. */
    public static final ExitCause STAGE_2_MISCONFIGURED = new ExitCause("stage2-misconfigured");

    /** A stage-1 fault that the VMM intercepts and that is the guest's own. */
    public static final ExitCause PAGE_FAULT = new ExitCause("page-fault");

    /** A fault in the table that the VMM keeps for the guest, which the guest's own table does not have. */
    public static final ExitCause HIDDEN_FAULT = new ExitCause("hidden-fault");

    /** A miss of a TLB that software fills, which the VMM answers without the guest: it has kept what the guest wrote there. */
    public static final ExitCause HIDDEN_REFILL = new ExitCause("hidden-refill");

    /** The guest loads a root register. */
    public static final ExitCause ROOT_LOAD = new ExitCause("root-load");

    /** The guest invalidates TLB entries. */
    public static final ExitCause INVALIDATE = new ExitCause("invalidate");

    /** The guest switches paging on or off, or another mode that changes the walk. */
    public static final ExitCause PAGING_MODE = new ExitCause("paging-mode");

    /** The guest stores to a page table that the VMM write-protects. */
    public static final ExitCause TABLE_WRITE = new ExitCause("table-write");

    /** The guest switches between its program and its kernel, and the VMM must know. */
    public static final ExitCause MODE_SWITCH = new ExitCause("mode-switch");

    /** The guest writes or reads its TLB. */
    public static final ExitCause TLB_INSTRUCTION = new ExitCause("tlb-instruction");

    /** The guest sends or takes an inter-processor interrupt. */
    public static final ExitCause INTERRUPT = new ExitCause("interrupt");

    /** The guest touches memory that its VM does not own. */
    public static final ExitCause OUT_OF_BOUNDS = new ExitCause("out-of-bounds");

    /** The log in which hardware notes what the guest stores to is full. */
    public static final ExitCause LOG_FULL = new ExitCause("log-full");

    /** The causes that strategies share; those of plug-ins are not among them. */
    public static List<ExitCause> known() {
        return List.of(
                STAGE_2_FAULT,
                STAGE_2_REFILL,
                STAGE_2_MISCONFIGURED,
                PAGE_FAULT,
                HIDDEN_FAULT,
                HIDDEN_REFILL,
                ROOT_LOAD,
                INVALIDATE,
                PAGING_MODE,
                TABLE_WRITE,
                MODE_SWITCH,
                TLB_INSTRUCTION,
                INTERRUPT,
                OUT_OF_BOUNDS,
                LOG_FULL);
    }

    public ExitCause {
        if (!name.matches("[a-z0-9-]+")) {
            throw new IllegalArgumentException("an exit cause is named with a-z, 0-9 and -, not '" + name + "'");
        }
    }
}
