package org.memvirt.mips;

import org.memvirt.api.architecture.MmuArchitecture;
import org.memvirt.api.architecture.MmuProvider;

/** The MMU of MIPS processors: a TLB, and nothing behind it but software. */
public final class MipsMmu implements MmuProvider {
    private static final MmuArchitecture ARCHITECTURE = new MipsArchitecture();

    /** For {@link java.util.ServiceLoader}. */
    public MipsMmu() {}

    @Override
    public String name() {
        return "mips-tlb";
    }

    @Override
    public String description() {
        return "MIPS32 and MIPS64 release 2: an architected TLB, which software refills";
    }

    @Override
    public MmuArchitecture architecture() {
        return ARCHITECTURE;
    }
}
