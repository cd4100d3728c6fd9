package org.memvirt.vmm.shadow.tlb;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.AddressLayout;
import org.memvirt.api.tlb.SoftwareTlb.Entry;

/** The segment that a deprivileged kernel finds as if hardware did not translate it. */
final class KernelSegmentTest {
    private static final long BASE = -1L << 30;
    private static final long BYTES = 1L << 20;
    /** Pages of 4 KiB, 64 KiB, 512 KiB, 1 MiB and 1 GiB. */
    private static final long SIZES = 1L << 12 | 1L << 16 | 1L << 19 | 1L << 20 | 1L << 30;

    private static KernelSegment segment(long base, long bytes, boolean pairs) {
        return new KernelSegment(new AddressLayout(1L << 30, base, bytes, 32), SIZES, pairs);
    }

    @Test
    void itLeadsToTheGuestsMemoryFromItsBeginning() {
        KernelSegment segment = segment(BASE, BYTES, false);
        assertThat(segment.contains(BASE)).isTrue();
        assertThat(segment.contains(BASE + BYTES - 1)).isTrue();
        assertThat(segment.contains(BASE + BYTES)).isFalse();
        assertThat(segment.contains(BASE - 1)).isFalse();
        assertThat(segment.guestPhysical(BASE + 0x12345)).isEqualTo(0x12345);
    }

    @Test
    void itsPagesAreTheLargestThatFit() {
        assertThat(segment(BASE, BYTES, false).entry(BASE).pageShift).isEqualTo(20);
        assertThat(segment(BASE, BYTES, true).entry(BASE).pageShift).as("of which a pair fits").isEqualTo(19);
        assertThat(segment(BASE + (1 << 16), BYTES, false).entry(BASE + (1 << 16)).pageShift)
                .as("by where it begins")
                .isEqualTo(16);
        assertThat(segment(BASE + (1 << 16), BYTES, true).entry(BASE + (1 << 16)).pageShift).isEqualTo(12);
    }

    @Test
    void anEntryAllowsEverythingThere() {
        Entry one = segment(BASE, BYTES, false).entry(BASE + 0x12345);
        assertThat(one.present).isTrue();
        assertThat(one.address).isEqualTo(BASE);
        assertThat(one.even.valid).isTrue();
        assertThat(one.even.allowed).isEqualTo(Rights.ALL);
        assertThat(one.even.output).isZero();
        assertThat(one.odd.valid).as("there are no pairs").isFalse();
        Entry pair = segment(BASE, 2 * BYTES, true).entry(BASE + BYTES + 0x12345);
        assertThat(pair.pageShift).isEqualTo(20);
        assertThat(pair.address).isEqualTo(BASE);
        assertThat(pair.even.output).isZero();
        assertThat(pair.odd.valid).isTrue();
        assertThat(pair.odd.allowed).isEqualTo(Rights.ALL);
        assertThat(pair.odd.output).isEqualTo(BYTES);
        assertThat(segment(BASE, BYTES, true).entry(BASE + BYTES - 1).address).isEqualTo(BASE);
    }
}
