package org.memvirt.api.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;

final class UnpagedTest {
    private final Unpaged unpaged = new Unpaged(40);

    /** Notes what is resolved; an unpaged walk must not read anything. */
    private static final class NoTables implements WalkPort {
        private long resolved = -1;

        @Override
        public long readEntry(Walk walk, int level, long address) {
            throw new AssertionError("read at " + address);
        }

        @Override
        public long readEntryAt(Walk walk, int level, long hostAddress) {
            throw new AssertionError("read at " + hostAddress);
        }

        @Override
        public long readWideEntry(Walk walk, int level, long address, long hostAddress, int words) {
            throw new AssertionError("read at " + address);
        }

        @Override
        public boolean updateEntry(
                Walk walk, int level, long address, long hostAddress, long expected, long update) {
            throw new AssertionError("update at " + address);
        }

        @Override
        public void resolveLeaf(Walk walk) {
            resolved = walk.outputAddress;
        }
    }

    private Walk walk(long address, NoTables port) {
        Walk walk = Walk.outer();
        walk.start(0, address, Rights.SUPERVISOR_WRITE);
        unpaged.walk(walk, port);
        return walk;
    }

    @Test
    void anAddressIsItselfAndAllowsEverything() {
        for (long address : new long[] {0, 8, 0x1234_5678, (1L << 40) - 8}) {
            NoTables port = new NoTables();
            Walk walk = walk(address, port);
            assertThat(walk.succeeded()).isTrue();
            assertThat(walk.outputAddress).isEqualTo(address);
            assertThat(walk.allowed).isEqualTo(Rights.ALL);
            assertThat(walk.pageShift).isEqualTo(walk.stage1Shift);
            assertThat(port.resolved).as("the second stage has its say").isEqualTo(address);
        }
    }

    @Test
    void aWiderAddressIsAFault() {
        for (long address : new long[] {1L << 40, -8}) {
            NoTables port = new NoTables();
            assertThat(walk(address, port).fault).isEqualTo(Fault.ADDRESS_SIZE);
            assertThat(port.resolved).isEqualTo(-1);
            assertThat(unpaged.inRange(address)).isFalse();
        }
    }

    @Test
    void thereIsNoTableToEdit() {
        TableMemory memory = new TableMemory() {
            @Override
            public long load(long address) {
                return 0;
            }

            @Override
            public void store(long address, long value) {}
        };
        TableFrames frames = new TableFrames() {
            @Override
            public long allocate(long bytes) {
                return 0;
            }

            @Override
            public void release(long address, long bytes) {}
        };
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> unpaged.create(memory, frames));
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> unpaged.open(memory, frames, 0));
    }
}
