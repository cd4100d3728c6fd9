package org.memvirt.testkit.trial;

import org.assertj.core.api.AbstractLongAssert;
import org.assertj.core.api.Assertions;
import org.assertj.core.presentation.HexadecimalRepresentation;

/** Assertions on addresses, whose messages have them in hexadecimal. */
public final class Addresses {
    private static final HexadecimalRepresentation HEXADECIMAL = new HexadecimalRepresentation();

    private Addresses() {}

    /** Begins an assertion on an address. */
    public static AbstractLongAssert<?> assertThatAddress(long address) {
        return Assertions.assertThat(address).withRepresentation(HEXADECIMAL);
    }
}
