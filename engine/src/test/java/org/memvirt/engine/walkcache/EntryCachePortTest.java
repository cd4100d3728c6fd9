package org.memvirt.engine.walkcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.WalkCachePreset;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;
import org.memvirt.engine.memory.HostPort;
import org.memvirt.engine.memory.PhysicalMemory;

final class EntryCachePortTest {
    private final PhysicalMemory memory = new PhysicalMemory(1 << 21);
    private final EntryCachePort port = new EntryCachePort(preset(2), new HostPort(memory));
    private final Walk walk = Walk.outer();

    private static WalkCachePreset preset(int ways) {
        return new WalkCachePreset(
                "t", "t", "t", WalkCachePreset.Kind.ENTRY, List.of(new WalkCachePreset.Array(0, 1, ways)));
    }

    /** A walk of three levels that reads these entries, top first, and ends well. */
    private void walk(long top, long middle, long leaf) {
        walk.start(0, 0, Rights.USER_READ);
        port.readEntry(walk, 3, top);
        port.readEntry(walk, 2, middle);
        port.readEntry(walk, 1, leaf);
        port.resolveLeaf(walk);
    }

    @Test
    void entriesAboveTheLeafAreKeptAndSaveTheirReference() {
        memory.store(0x1000, 0x11);
        walk(0x1000, 0x2000, 0x3000);
        assertThat(walk.trail.length()).isEqualTo(3);
        walk(0x1000, 0x2000, 0x3000);
        assertThat(walk.trail.length()).as("the leaf is read anew").isEqualTo(1);
        assertThat(walk.trail.skipped()).isEqualTo(2);
        assertThat(port.counts()[3]).isOne();
        assertThat(port.counts()[2]).isOne();
        assertThat(port.counts()[0]).isEqualTo(2);
        walk.start(0, 0, Rights.USER_READ);
        assertThat(port.readEntry(walk, 3, 0x1000)).isEqualTo(0x11);
        assertThat(walk.hostAddress).isEqualTo(0x1000);
    }

    @Test
    void theEntryThatEndsAWalkIsNotKept() {
        walk.start(0, 0, Rights.USER_READ);
        port.readEntry(walk, 3, 0x1000);
        port.readEntry(walk, 2, 0x2000);
        // The walk found the second entry invalid and ended; the next begins.
        walk.start(0, 0, Rights.USER_READ);
        port.readEntry(walk, 3, 0x1000);
        port.readEntry(walk, 2, 0x2000);
        assertThat(port.counts()[3]).isOne();
        assertThat(port.counts()[2]).isZero();
    }

    @Test
    void anUpdateIsSeenByTheNextWalk() {
        memory.store(0x2000, 1);
        walk(0x1000, 0x2000, 0x3000);
        walk.start(0, 0, Rights.USER_READ);
        port.readEntry(walk, 3, 0x1000);
        assertThat(port.readEntry(walk, 2, 0x2000)).isEqualTo(1);
        assertThat(port.updateEntry(walk, 2, 0x2000, 0x2000, 1, 33)).isTrue();
        port.readEntry(walk, 1, 0x3000);
        port.resolveLeaf(walk);
        walk.start(0, 0, Rights.USER_READ);
        port.readEntry(walk, 3, 0x1000);
        assertThat(port.readEntry(walk, 2, 0x2000)).isEqualTo(33);
    }

    @Test
    void anUpdateOfTheEntryThatWasJustReadIsKept() {
        memory.store(0x2000, 1);
        walk.start(0, 0, Rights.USER_READ);
        port.readEntry(walk, 3, 0x1000);
        port.readEntry(walk, 2, 0x2000);
        assertThat(port.updateEntry(walk, 2, 0x2004, 0x2004, 1, 33))
                .as("the other half of the same word")
                .isTrue();
        port.readEntry(walk, 1, 0x3000);
        assertThat(kept(2, 0x2000)).isEqualTo(33);
        assertThat(walk.trail.skipped()).isOne();
    }

    @Test
    void anUpdateOfAnotherEntryLeavesTheOneThatWasJustReadAlone() {
        memory.store(0x2000, 1);
        walk.start(0, 0, Rights.USER_READ);
        port.readEntry(walk, 3, 0x1000);
        port.readEntry(walk, 2, 0x2000);
        assertThat(port.updateEntry(walk, 3, 0x1000, 0x1000, 0, 44)).isTrue();
        port.readEntry(walk, 1, 0x3000);
        assertThat(kept(2, 0x2000)).isEqualTo(1);
        assertThat(kept(3, 0x1000)).as("what was changed is read anew").isEqualTo(44);
        assertThat(walk.trail.skipped()).isZero();
    }

    @Test
    void anEntryThatHasChangedSinceIsNotUpdated() {
        memory.store(0x3000, 5);
        walk.start(0, 0, Rights.USER_READ);
        assertThat(port.readEntry(walk, 1, 0x3000)).isEqualTo(5);
        assertThat(port.updateEntry(walk, 1, 0x3000, 0x3000, 4, 6)).isFalse();
        assertThat(memory.load(0x3000)).isEqualTo(5);
    }

    /** A walk whose second entry has two words. */
    private void wideWalk(long top, long middle, long leaf) {
        walk.start(0, 0, Rights.USER_READ);
        port.readEntry(walk, 3, top);
        port.readWideEntry(walk, 2, middle, Walk.NOWHERE, 2);
        port.readEntry(walk, 1, leaf);
        port.resolveLeaf(walk);
    }

    @Test
    void aWideEntryIsOneReferenceAndIsKeptAsAWhole() {
        memory.store(0x2000, 0x11);
        memory.store(0x2008, 0x22);
        wideWalk(0x1000, 0x2000, 0x3000);
        assertThat(walk.trail.length()).isEqualTo(3);
        // Software changes both words; until it invalidates, a walk sees both as they were.
        memory.store(0x2000, 0x33);
        memory.store(0x2008, 0x44);
        wideWalk(0x1000, 0x2000, 0x3000);
        assertThat(walk.trail.length()).isEqualTo(1);
        assertThat(walk.trail.skipped()).isEqualTo(2);
        assertThat(walk.words).startsWith(0x11, 0x22);
        assertThat(walk.hostAddress).isEqualTo(0x3000);
        port.invalidateAll();
        wideWalk(0x1000, 0x2000, 0x3000);
        assertThat(walk.words).startsWith(0x33, 0x44);
    }

    @Test
    void anUpdateOfAnyWordIsSeenByTheNextWalk() {
        memory.store(0x2008, 1);
        wideWalk(0x1000, 0x2000, 0x3000);
        assertThat(port.updateEntry(walk, 2, 0x2008, 0x2008, 1, 33)).isTrue();
        wideWalk(0x1000, 0x2000, 0x3000);
        assertThat(walk.trail.skipped()).as("the entry is read anew").isOne();
        assertThat(walk.words).startsWith(0, 33);
        port.invalidateAll();
        walk.start(0, 0, Rights.USER_READ);
        port.readWideEntry(walk, 2, 0x2000, Walk.NOWHERE, 2);
        assertThat(port.updateEntry(walk, 2, 0x2008, 0x2008, 33, 34)).isTrue();
        port.readEntry(walk, 1, 0x3000);
        port.resolveLeaf(walk);
        wideWalk(0x1000, 0x2000, 0x3000);
        assertThat(walk.words).as("that which was just read is kept as updated").startsWith(0, 34);
        assertThat(walk.trail.skipped()).isOne();
    }

    /** What a new walk reads first. */
    private long kept(int level, long address) {
        walk.start(0, 0, Rights.USER_READ);
        return port.readEntry(walk, level, address);
    }

    /** Host memory behind a second stage of 2 MiB pages. */
    private static final class LargePages implements WalkPort {
        private final HostPort host;

        LargePages(HostPort host) {
            this.host = host;
        }

        @Override
        public long readEntry(Walk walk, int level, long address) {
            return host.readEntry(walk, level, address);
        }

        @Override
        public long readEntryAt(Walk walk, int level, long hostAddress) {
            return host.readEntryAt(walk, level, hostAddress);
        }

        @Override
        public long readWideEntry(Walk walk, int level, long address, long hostAddress, int words) {
            return host.readWideEntry(walk, level, address, hostAddress, words);
        }

        @Override
        public boolean updateEntry(
                Walk walk, int level, long address, long hostAddress, long expected, long update) {
            return host.updateEntry(walk, level, address, hostAddress, expected, update);
        }

        @Override
        public void resolveLeaf(Walk walk) {
            walk.stage2Shift = 21;
        }
    }

    @Test
    void theEntryOfALargePageIsKeptAndItsFrameIsTheHostsToResolve() {
        memory.store(0x2000, 0x80);
        EntryCachePort cached = new EntryCachePort(preset(2), new LargePages(new HostPort(memory)));
        for (int time = 0; time < 2; time++) {
            walk.start(0, 0, Rights.USER_READ);
            cached.readEntry(walk, 3, 0x1000);
            assertThat(cached.readEntryAt(walk, 2, 0x2000)).isEqualTo(0x80);
            cached.resolveLeaf(walk);
            assertThat(walk.stage2Shift).isEqualTo(21);
        }
        assertThat(cached.counts()[2]).isOne();
    }

    @Test
    void anInvalidationForgetsEverything() {
        walk(0x1000, 0x2000, 0x3000);
        port.invalidateAll();
        walk(0x1000, 0x2000, 0x3000);
        assertThat(walk.trail.length()).isEqualTo(3);
        assertThat(walk.trail.skipped()).isZero();
    }

    @Test
    void onlyOneArrayOfEntriesIsTaken() {
        WalkCachePreset prefix = new WalkCachePreset(
                "p", "p", "p", WalkCachePreset.Kind.PREFIX, List.of(new WalkCachePreset.Array(1, 1, 4)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new EntryCachePort(prefix, new HostPort(memory)))
                .withMessageContaining("'p'");
    }
}
