package org.memvirt.mips;

/** Operating modes as Status.KSU numbers them, the most privileged first; PRA, "MIPS Operating Modes". */
final class Mode {
    static final int KERNEL = 0;
    static final int SUPERVISOR = 1;
    static final int USER = 2;

    private Mode() {}
}
