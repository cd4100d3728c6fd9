package org.memvirt.testkit.format;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.memvirt.api.access.Rights;
import org.memvirt.api.radix.RadixFormat;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;

/**
 * The format that a contract tests, and what the contract must know of it: a subclass answers {@link #format}, and the
 * rest where its format differs from the plainest one.
 */
public interface FormatUnderTest {
    /** The format to test; the same at every call. */
    PageTableFormat format();

    /** What lies below it in two-dimensional walks; the format itself, unless told. */
    default PageTableFormat stageTwo() {
        return format();
    }

    /** What a page allows that software gave {@code rights}, which are not empty; exactly those, unless told. */
    default int allowedWhenGiven(int rights) {
        return rights;
    }

    /** The same for the format of {@link #stageTwo}. */
    default int stageTwoAllowsWhenGiven(int rights) {
        return stageTwo() == format() ? allowedWhenGiven(rights) : rights;
    }

    /** What a page must be mapped with so that walks succeed: the bits that hardware asks for and does not set. */
    default int attributesOfUse() {
        return attributesOfUse(format());
    }

    /** The same for any format. */
    static int attributesOfUse(PageTableFormat format) {
        return format.attributes() & ~format.attributesSetByHardware() & (PageTable.ACCESSED | PageTable.DIRTY);
    }

    /** Whether a format maps pages of 2^shift bytes by several leaves, each with accessed and dirty bits of its own. */
    static boolean hasFlagsByLeaf(PageTableFormat format, int shift) {
        return format instanceof RadixFormat radix
                && radix.geometry().levels().stream()
                        .anyMatch(level -> level.group() != 0 && level.shift() + level.groupBits() == shift);
    }

    /** Bits of the addresses at which pages of every size can lie. */
    default int outputBits() {
        return format().outputBits();
    }

    /** Sets of rights that the random tests give to pages. */
    default List<Integer> rightsToGive() {
        List<Integer> all = new ArrayList<>();
        for (int rights = 1; rights <= Rights.ALL; rights++) {
            all.add(rights);
        }
        return all;
    }

    /** Offset bits of the smallest page. */
    default int basePage() {
        return format().pageShifts().getFirst();
    }

    /** Offset bits of the largest page. */
    default int largestPage() {
        return format().pageShifts().getLast();
    }

    /** Where the tests work: the first addresses of stretches of two largest pages, at the ends of what is admitted. */
    default List<Long> anchors() {
        long stretch = 2L << largestPage();
        long half = 1L << format().inputBits() - 1;
        List<Long> anchors = new ArrayList<>();
        for (long at : new long[] {0, half - stretch, format().kernelBase(), 2 * half - stretch, -stretch}) {
            if (format().inRange(at) && format().inRange(at + stretch - 1) && !anchors.contains(at)) {
                anchors.add(at);
            }
        }
        return anchors;
    }

    /** A multiple of 2^shift that the format inRange, often one that was given before. */
    default long randomInput(SplittableRandom random, int shift) {
        List<Long> anchors = anchors();
        long address = anchors.get(random.nextInt(anchors.size()));
        for (int size : format().pageShifts()) {
            address += random.nextLong(size == largestPage() ? 2 : 4) << size;
        }
        return address & -1L << shift;
    }

    /** Where a page of 2^shift bytes may lie. */
    default long randomOutput(SplittableRandom random, int shift) {
        return random.nextLong(1L << outputBits() - shift) << shift;
    }

    /** One of {@link #rightsToGive}. */
    default int randomRights(SplittableRandom random) {
        return rightsToGive().get(random.nextInt(rightsToGive().size()));
    }

    /** One of the format's page sizes. */
    default int randomShift(SplittableRandom random) {
        List<Integer> shifts = format().pageShifts();
        return shifts.get(random.nextInt(shifts.size()));
    }
}
