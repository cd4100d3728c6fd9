package org.memvirt.api.walk;

/** Which of the two translations a page table serves. */
public enum Stage {
    /** From virtual to (guest-)physical addresses, owned by the guest. */
    STAGE_1,
    /** From guest-physical to host-physical addresses, owned by the VMM: EPT, NPT, Arm's stage 2. */
    STAGE_2;

    /** 1 or 2. */
    public int number() {
        return ordinal() + 1;
    }
}
