package org.memvirt.x86;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.walk.Walk;

/** When a walk sets accessed and dirty flags; SDM, "Accessed and Dirty Flags", here and for EPT. */
class AccessedDirtyTest {
    private static final long A = EntryBits.ACCESSED;
    private static final long D = EntryBits.DIRTY;

    @ParameterizedTest
    @CsvSource({
        "x86-64, 12, 4", "x86-64, 21, 4", "x86-64, 30, 4", "x86-64-la57, 12, 5", "pae, 12, 2", "pae, 21, 2",
        "ia32, 12, 2",
        "ia32, 22, 2"
    })
    void readSetsAccessedEverywhereAndWriteDirtyInTheLeaf(String format, int pageShift, int top) {
        for (String update : new String[] {"descending", "completed"}) {
            OneMapping mapping = new OneMapping(format, "accessed-update=" + update, pageShift, 0);
            int leaf = 1;
            while (mapping.entryAddress[leaf] == 0) {
                leaf++;
            }
            Walk walk = mapping.access(Rights.USER_READ);
            assertThat(walk.succeeded()).isTrue();
            assertThat(Rights.text(walk.allowed)).isEqualTo("r-xr-x");
            for (int level = leaf; level <= top; level++) {
                assertThat(mapping.entry(level) & (A | D)).as("level %d", level).isEqualTo(A);
            }
            assertThat(Rights.text(mapping.access(Rights.USER_WRITE).allowed)).isEqualTo("rwxrwx");
            assertThat(mapping.entry(leaf) & (A | D)).isEqualTo(A | D);
            for (int level = leaf + 1; level <= top; level++) {
                assertThat(mapping.entry(level) & (A | D)).as("level %d", level).isEqualTo(A);
            }
        }
    }

    /** Bits 8:5 of a directory pointer are reserved: there is no accessed flag to set. */
    @Test
    void directoryPointerHasNoAccessedFlag() {
        OneMapping mapping = new OneMapping("pae", "", 12, 0);
        mapping.access(Rights.USER_WRITE);
        assertThat(mapping.entry(3) & ~0xf_ffff_ffff_f000L).isEqualTo(EntryBits.PRESENT);
        assertThat(mapping.access(Rights.USER_WRITE).succeeded()).isTrue();
    }

    @Test
    void descendingWalkLeavesFlagsAboveWhereItFaults() {
        OneMapping mapping = new OneMapping("x86-64", "accessed-update=descending", 12, 0).bend(1, 1, 0);
        mapping.access(Rights.USER_READ);
        assertThat(mapping.entry(4) & A).isEqualTo(A);
        assertThat(mapping.entry(2) & A).isEqualTo(A);
        assertThat(mapping.entry(1) & A).isZero();
    }

    @Test
    void completedWalkSetsNoneWhereItFaults() {
        OneMapping mapping = new OneMapping("x86-64", "accessed-update=completed", 12, 0).bend(1, 1, 0);
        mapping.access(Rights.USER_READ);
        for (int level = 1; level <= 4; level++) {
            assertThat(mapping.entry(level) & A).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"descending", "completed"})
    void refusedAccessLeavesTheLeafAlone(String update) {
        OneMapping mapping =
                new OneMapping("x86-64", "accessed-update=" + update, 12, 0).bend(1, EntryBits.WRITABLE, 0);
        mapping.access(Rights.USER_WRITE);
        assertThat(mapping.entry(1) & (A | D)).isZero();
    }

    /** A table entered through itself: the same word is the entry of every level, and is set once. */
    @ParameterizedTest
    @CsvSource({"x86-64, descending, 4", "x86-64, completed, 4", "ia32, descending, 2", "ia32, completed, 2"})
    void recursiveTableIsUpdatedOnce(String format, String update, int levels) {
        OneMapping mapping = new OneMapping(format, "accessed-update=" + update, 12, 0);
        long root = mapping.entryAddress[levels] & -0x1000;
        int index = 0x141;
        mapping.memory.entry(root + (long) index * mapping.entryBytes(), mapping.entryBytes(), root | 7);
        long address = 0;
        for (int level = 1; level <= levels; level++) {
            address |= (long) index << mapping.format.geometry().levels().get(level - 1).shift();
        }
        address = levels == 4 ? address << 16 >> 16 : address;
        mapping.walk.start(mapping.table.root(), address, Rights.SUPERVISOR_WRITE);
        mapping.format.walk(mapping.walk, mapping.memory);
        assertThat(mapping.walk.succeeded()).isTrue();
        assertThat(mapping.walk.outputAddress).isEqualTo(root);
        assertThat(mapping.walk.trail.length()).isEqualTo(levels);
        assertThat(mapping.memory.entry(root + (long) index * mapping.entryBytes(), mapping.entryBytes()))
                .isEqualTo(root | 7 | A | D);
    }

    /** Two entries in one 64-bit word: the second update must not undo the first. */
    @ParameterizedTest
    @CsvSource({"descending", "completed"})
    void neighboursInOneWordBothKeepTheirFlags(String update) {
        OneMapping mapping = new OneMapping("ia32", "accessed-update=" + update, 12, 0);
        long root = mapping.entryAddress[2] & -0x1000;
        // Entry 0x200 leads back to the root; there entry 0x201, its neighbour, maps the root as a page.
        mapping.memory.entry(root + 0x200 * 4, 4, root | 7);
        mapping.memory.entry(root + 0x201 * 4, 4, root | 7);
        mapping.walk.start(mapping.table.root(), 0x200L << 22 | 0x201L << 12, Rights.SUPERVISOR_READ);
        mapping.format.walk(mapping.walk, mapping.memory);
        assertThat(mapping.walk.outputAddress).isEqualTo(root);
        assertThat(mapping.memory.entry(root + 0x200 * 4, 4)).isEqualTo(root | 7 | A);
        assertThat(mapping.memory.entry(root + 0x201 * 4, 4)).isEqualTo(root | 7 | A);
    }

    @ParameterizedTest
    @CsvSource({"descending, 1", "completed, 1", "descending, 3", "completed, 3"})
    void walkBeginsAgainWhenItsEntryWasChanged(String update, int times) {
        OneMapping mapping = new OneMapping("x86-64", "accessed-update=" + update, 12, 0);
        mapping.memory.refuseUpdates(times);
        Walk walk = mapping.access(Rights.USER_WRITE);
        assertThat(walk.succeeded()).isTrue();
        assertThat(walk.outputAddress).isEqualTo(mapping.output);
        assertThat(mapping.entry(4) & A).isEqualTo(A);
        assertThat(mapping.entry(1) & (A | D)).isEqualTo(A | D);
    }

    @Test
    void eptSetsItsFlagsOnlyWhenTheyAreOn() {
        OneMapping off = new OneMapping("ept", "", 12, 0);
        assertThat(Rights.text(off.access(Rights.USER_WRITE).allowed)).isEqualTo("rwxrwx");
        OneMapping on = new OneMapping("ept", "ad=on", 12, 0);
        assertThat(Rights.text(on.access(Rights.USER_READ).allowed)).isEqualTo("r-xr-x");
        for (int level = 1; level <= 4; level++) {
            assertThat(off.entry(level) & 3 << 8).isZero();
            assertThat(on.entry(level) & 3 << 8).isEqualTo(1 << 8);
        }
        assertThat(Rights.text(on.access(Rights.USER_WRITE).allowed)).isEqualTo("rwxrwx");
        assertThat(on.entry(1) & 3 << 8).isEqualTo(3 << 8);
        assertThat(on.entry(2) & 3 << 8).isEqualTo(1 << 8);
    }

    // What walk caches may learn; SDM vol. 3, "Caches for Paging Structures".

    private static Walk noting(OneMapping mapping, int rights) {
        mapping.walk.recordsTables = true;
        return mapping.access(rights);
    }

    /** A table that is reached through a clear accessed flag is kept by no paging-structure cache. */
    @ParameterizedTest
    @CsvSource({
        // levels whose flags are set, the lowest level whose table may be kept
        "0, 4", "4, 3", "3, 4", "43, 2", "432, 1", "42, 3"
    })
    void noTableIsLearntThroughAClearAccessedFlag(String set, int lowest) {
        for (int fault = 0; fault < 3; fault++) {
            OneMapping mapping = new OneMapping("x86-64", "accessed-update=completed maxphyaddr=40", 12, 0);
            for (int level = 2; level <= 4; level++) {
                mapping.bend(level, 0, set.contains("" + level) ? A : 0);
            }
            switch (fault) {
                case 0 -> mapping.bend(1, EntryBits.PRESENT, 0);
                case 1 -> mapping.bend(1, 0, 1L << 45);
                default -> mapping.bend(1, EntryBits.USER, 0);
            }
            Walk walk = noting(mapping, Rights.USER_READ);
            assertThat(walk.succeeded()).isFalse();
            assertThat(walk.highestVisited).isEqualTo(4);
            assertThat(walk.lowestVisited).isEqualTo(lowest);
        }
    }

    @ParameterizedTest
    @CsvSource({"descending, true", "completed, true", "descending, false"})
    void tablesAreLearntWhereTheFlagsAreSetOnTheWay(String update, boolean present) {
        OneMapping mapping = new OneMapping("x86-64", "accessed-update=" + update, 12, 0);
        mapping.bend(1, present ? 0 : EntryBits.PRESENT, 0);
        Walk walk = noting(mapping, Rights.USER_READ);
        assertThat(walk.lowestVisited).isEqualTo(1);
    }

    /** The lowest table is the one that holds the leaf: a leaf itself is kept by no paging-structure cache. */
    @ParameterizedTest
    @CsvSource({"12, 1", "21, 2", "30, 3"})
    void noTableIsLearntOfALeaf(int pageShift, int lowest) {
        OneMapping mapping = new OneMapping("x86-64", "", pageShift);
        Walk walk = noting(mapping, Rights.USER_READ);
        assertThat(walk.lowestVisited).isEqualTo(lowest);
    }
}
