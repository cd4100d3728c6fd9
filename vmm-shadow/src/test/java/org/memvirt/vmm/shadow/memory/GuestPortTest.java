package org.memvirt.vmm.shadow.memory;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.vmm.GuestBacking;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.memory.HostPort;
import org.memvirt.engine.memory.PhysicalMemory;

/** The guest's memory through the eyes of the VMM's software: found, got from the host, or not the guest's. */
final class GuestPortTest {
    private static final long PAGE = 4096;
    private static final long BYTES = 16 * PAGE;
    private static final long ABOVE = 1 << 20;
    private static final int READ_ONLY = Rights.READ | Rights.EXECUTE;

    private final PhysicalMemory memory = new PhysicalMemory(1 << 22);
    private final Backing backing = new Backing();
    private final GuestPort port = new GuestPort(backing, new HostPort(memory));
    private final Walk walk = Walk.outer();

    /** Guest memory that lies {@link #ABOVE} its addresses once it was asked for. */
    private static final class Backing implements GuestBacking {
        private final boolean[] present = new boolean[16];
        private int rights = Rights.ALL;
        private long above = ABOVE;
        private boolean refuses;
        private int populated;

        @Override
        public long size() {
            return BYTES;
        }

        @Override
        public int granuleShift() {
            return 12;
        }

        @Override
        public long find(long gpa) {
            return present[(int) (gpa >>> 12)] ? above + gpa : -1;
        }

        @Override
        public int rights(long gpa) {
            return present[(int) (gpa >>> 12)] ? rights : Rights.NONE;
        }

        @Override
        public long populate(long gpa, int needed) {
            populated++;
            if (refuses) {
                return -1;
            }
            present[(int) (gpa >>> 12)] = true;
            return find(gpa);
        }

        @Override
        public int contiguousShift(long gpa) {
            return 12;
        }

        @Override
        public long reserveContiguous() {
            throw new UnsupportedOperationException("this host has it piece by piece");
        }
    }

    @BeforeEach
    void aWalkIsAsked() {
        walk.start(0, 0x1234, Rights.USER_READ);
    }

    @Test
    void memoryIsAskedForOnce() {
        assertThat(port.locate(PAGE + 8, Rights.SUPERVISOR_READ)).isEqualTo(ABOVE + PAGE + 8);
        assertThat(port.locate(PAGE + 16, Rights.SUPERVISOR_WRITE)).isEqualTo(ABOVE + PAGE + 16);
        assertThat(backing.populated).isEqualTo(1);
        backing.rights = READ_ONLY;
        assertThat(port.locate(PAGE, Rights.SUPERVISOR_READ)).isEqualTo(ABOVE + PAGE);
        assertThat(backing.populated).isEqualTo(1);
        assertThat(port.locate(PAGE, Rights.SUPERVISOR_WRITE)).isEqualTo(ABOVE + PAGE);
        assertThat(backing.populated).as("for the right to write").isEqualTo(2);
        backing.refuses = true;
        assertThat(port.locate(PAGE, Rights.SUPERVISOR_WRITE)).isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(longs = {BYTES, -8})
    void whatIsNotTheGuestsIsNowhere(long gpa) {
        assertThat(port.locate(gpa, Rights.SUPERVISOR_READ)).isEqualTo(-1);
        assertThat(port.readEntry(walk, 3, gpa)).isZero();
        checkRefused(gpa, true, 3);
        walk.start(0, 0x1234, Rights.USER_READ);
        walk.words[1] = 7;
        assertThat(port.readWideEntry(walk, 2, gpa, Walk.NOWHERE, 2)).isZero();
        assertThat(walk.words[1]).as("nothing that could be taken for an entry").isZero();
        checkRefused(gpa, true, 2);
        walk.start(0, 0x1234, Rights.USER_READ);
        assertThat(port.updateEntry(walk, 1, gpa, gpa, 0, 1)).isFalse();
        checkRefused(gpa, true, 1);
        walk.start(0, 0x1234, Rights.USER_READ);
        walk.outputAddress = gpa;
        port.resolveLeaf(walk);
        checkRefused(gpa, false, 0);
        assertThat(backing.populated).isZero();
    }

    private void checkRefused(long gpa, boolean onTable, int level) {
        assertThat(walk.fault).isEqualTo(Fault.OUT_OF_BOUNDS);
        assertThat(walk.faultAddress).isEqualTo(gpa);
        assertThat(walk.faultOnTable).isEqualTo(onTable);
        assertThat(walk.faultLevel).isEqualTo(level);
    }

    @Test
    void entriesAreReadWhereTheyLie() {
        memory.store(ABOVE + 2 * PAGE, 0x11);
        memory.store(ABOVE + 2 * PAGE + 8, 0x22);
        assertThat(port.readEntry(walk, 1, 2 * PAGE + 8)).isEqualTo(0x22);
        assertThat(port.readEntryAt(walk, 1, ABOVE + 2 * PAGE)).isEqualTo(0x11);
        assertThat(port.readWideEntry(walk, 1, 2 * PAGE, Walk.NOWHERE, 2)).isEqualTo(0x11);
        assertThat(walk.words[1]).isEqualTo(0x22);
        assertThat(port.readWideEntry(walk, 1, 9 * PAGE, ABOVE + 2 * PAGE + 8, 1)).as("where a cache knew it")
                .isEqualTo(0x22);
        assertThat(walk.succeeded()).isTrue();
    }

    @Test
    void anEntryIsUpdatedIfItIsStillTheSame() {
        memory.store(ABOVE + PAGE, 0x20);
        assertThat(port.updateEntry(walk, 1, PAGE, 0, 0x20, 0x60)).isTrue();
        assertThat(memory.load(ABOVE + PAGE)).isEqualTo(0x60);
        assertThat(port.updateEntry(walk, 1, PAGE, 0, 0x20, 0xff)).isFalse();
        assertThat(memory.load(ABOVE + PAGE)).isEqualTo(0x60);
        assertThat(walk.succeeded()).isTrue();
    }

    @Test
    void theFirstPageOfMemoryIsAPageLikeOthers() {
        backing.above = 0;
        backing.present[0] = true;
        memory.store(0, 0x33);
        assertThat(port.locate(0, Rights.SUPERVISOR_READ)).isZero();
        assertThat(port.readEntry(walk, 1, 0)).isEqualTo(0x33);
        assertThat(port.readWideEntry(walk, 1, 0, Walk.NOWHERE, 1)).isEqualTo(0x33);
        assertThat(port.readWideEntry(walk, 1, 8, 0, 1)).isEqualTo(0x33);
        assertThat(port.updateEntry(walk, 1, 0, 0, 0x33, 0x44)).isTrue();
        walk.outputAddress = 0;
        walk.pageShift = 12;
        port.resolveLeaf(walk);
        assertThat(walk.outputAddress).isZero();
        assertThat(walk.succeeded()).isTrue();
        assertThat(backing.populated).isZero();
    }

    @Test
    void aLeafIsNoLargerThanWhatTheHostHasInOnePiece() {
        walk.outputAddress = 3 * PAGE + 5;
        walk.pageShift = 21;
        port.resolveLeaf(walk);
        assertThat(walk.outputAddress).isEqualTo(ABOVE + 3 * PAGE + 5);
        assertThat(walk.pageShift).isEqualTo(12);
    }
}
