package org.memvirt.runner.image;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A kind of machine whose memory an ELF core can hold; numbers and words of the ELF specification, {@code e_machine}. */
public enum ImageMachine {
    X86_64(62, "x86-64", "x86"),
    I386(3, "i386", "x86"),
    AARCH64(183, "AArch64", "arm");

    private final int number;
    private final String text;
    private final String mmu;

    ImageMachine(int number, String text, String mmu) {
        this.number = number;
        this.text = text;
        this.mmu = mmu;
    }

    /** The name of the MMU that such a machine has. */
    public String mmu() {
        return mmu;
    }

    static @Nullable ImageMachine of(int number) {
        return Arrays.stream(values()).filter(machine -> machine.number == number).findFirst().orElse(null);
    }

    /** The word for people. */
    @Override
    public String toString() {
        return text;
    }
}
