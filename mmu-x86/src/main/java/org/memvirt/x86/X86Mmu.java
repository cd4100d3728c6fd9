package org.memvirt.x86;

import org.memvirt.api.architecture.MmuArchitecture;
import org.memvirt.api.architecture.MmuProvider;

/** The MMU of x86 processors, Intel's and AMD's. */
public final class X86Mmu implements MmuProvider {
    private static final MmuArchitecture ARCHITECTURE = new X86PageTables();

    /** For {@link java.util.ServiceLoader}. */
    public X86Mmu() {}

    @Override
    public String name() {
        return "x86";
    }

    @Override
    public String description() {
        return "x86: 32-bit, PAE, 4- and 5-level paging; EPT and AMD's nested paging";
    }

    @Override
    public MmuArchitecture architecture() {
        return ARCHITECTURE;
    }
}
