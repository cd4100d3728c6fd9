package org.memvirt.runner.image;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A kind of machine whose memory an ELF core can hold; numbers and words of the ELF specification, {@code e_machine}. */
public enum ImageMachine {
    X86_64(62, "x86-64", "x86", true),
    I386(3, "i386", "x86", false),
    AARCH64(183, "AArch64", "arm", true);

    private final int number;
    private final String text;
    private final String mmu;
    private final boolean usesFirstFormat;

    ImageMachine(int number, String text, String mmu, boolean usesFirstFormat) {
        this.number = number;
        this.text = text;
        this.mmu = mmu;
        this.usesFirstFormat = usesFirstFormat;
    }

    /** The name of the MMU that such a machine has. */
    public String mmu() {
        return mmu;
    }

    /** Whether its tables usually have the first format of that MMU; of others, it has to be said which they have. */
    public boolean usesFirstFormat() {
        return usesFirstFormat;
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
