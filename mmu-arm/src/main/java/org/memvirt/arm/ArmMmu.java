package org.memvirt.arm;

import org.memvirt.api.architecture.MmuArchitecture;
import org.memvirt.api.architecture.MmuProvider;

/** The MMU of Arm's A-profile processors in AArch64 state. */
public final class ArmMmu implements MmuProvider {
    private static final MmuArchitecture ARCHITECTURE = new ArmPageTables();

    /** For {@link java.util.ServiceLoader}. */
    public ArmMmu() {}

    @Override
    public String name() {
        return "arm";
    }

    @Override
    public String description() {
        return "Arm: AArch64 stage 1 and stage 2, granules of 4K, 16K and 64K, up to 52 bits";
    }

    @Override
    public MmuArchitecture architecture() {
        return ARCHITECTURE;
    }
}
