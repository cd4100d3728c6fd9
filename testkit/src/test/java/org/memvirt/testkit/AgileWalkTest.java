package org.memvirt.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.StageTwoPort;
import org.memvirt.api.table.TableMemory;
import org.memvirt.api.table.TableRoot;
import org.memvirt.api.tlb.WalkCachePreset;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;
import org.memvirt.engine.memory.HostPort;
import org.memvirt.engine.memory.PhysicalMemory;
import org.memvirt.engine.walkcache.WalkCache;
import org.memvirt.testkit.format.CountedFrames;
import org.memvirt.testkit.machine.AssembledMachine;

/**
 * Agile paging (Gandhi et al., ISCA 2016): a walk begins in a shadow table, whose entries hold host addresses, and goes on in
 * the guest's own table, through a second stage, below an entry with the switching bit. A walk that a cache lets begin below
 * that entry still knows how to read.
 */
final class AgileWalkTest {
    private static final long SWITCH = 1L << 60;
    /** Of a plain format: present, and all rights. */
    private static final long PRESENT = 0x7f;

    private static final long GUEST = 1L << 28;
    private static final long INPUT = 3L << 30 | 5L << 21 | 7L << 12;
    private static final long GPA = 0x5000;

    private final PlainFormat format = PlainFormat.usual();
    private final PhysicalMemory memory = new PhysicalMemory(1L << 30);
    private final HostPort host = new HostPort(memory);
    private final PageTable stageTwo = format.create(memory, new CountedFrames(memory, 1 << 16));
    private final StageTwoPort nested = new StageTwoPort(new TableRoot(format, stageTwo.root()), host);
    private final WalkCache cache = new WalkCache(AssembledMachine.REFERENCE_WALK_CACHE);
    private final Walk walk = Walk.outer();

    /** Host addresses above and in the table of the switching entry, which level {@link Walk#portState} tells. */
    private final class AgilePort implements WalkPort {
        @Override
        public long readEntry(Walk asked, int level, long address) {
            // The switching entry holds the host address of the guest's table.
            boolean located = asked.portState == 0 || level == asked.portState - 1;
            return noteSwitch(
                    asked, level, located
                            ? host.readEntry(asked, level, address)
                            : nested.readEntry(asked, level, address));
        }

        private long noteSwitch(Walk asked, int level, long entry) {
            if (asked.portState == 0 && (entry & SWITCH) != 0) {
                asked.portState = level;
            }
            return entry;
        }

        @Override
        public long readEntryAt(Walk asked, int level, long hostAddress) {
            return noteSwitch(asked, level, host.readEntryAt(asked, level, hostAddress));
        }

        @Override
        public long readWideEntry(Walk asked, int level, long address, long hostAddress, int words) {
            throw new AssertionError("entries have one word");
        }

        @Override
        public boolean updateEntry(
                Walk asked, int level, long address, long hostAddress, long expected, long update) {
            return host.updateEntry(asked, level, hostAddress, hostAddress, expected, update);
        }

        @Override
        public void resolveLeaf(Walk asked) {
            if (asked.portState != 0) {
                nested.resolveLeaf(asked);
            }
        }
    }

    private final class GuestMemory implements TableMemory {
        @Override
        public long load(long gpa) {
            return memory.load(GUEST + gpa);
        }

        @Override
        public void store(long gpa, long value) {
            memory.store(GUEST + gpa, value);
        }
    }

    /** The root of a shadow table in front of the guest's, which a walk leaves below the entry of that level; 0 for never. */
    private long shadowRoot(int switchLevel) {
        for (long gpa = 0; gpa < 1 << 20; gpa += 4096) {
            stageTwo.map(gpa, GUEST + gpa, 12, Rights.ALL, PageTable.ACCESSED | PageTable.DIRTY);
        }
        PageTable guest = format.create(new GuestMemory(), new CountedFrames(new GuestMemory(), 1 << 16));
        guest.map(INPUT, GPA, 12, Rights.ALL, 0);
        walk.recordsTables = true;
        walk.start(guest.root(), INPUT, Rights.USER_READ);
        format.walk(walk, nested);
        long root = 1 << 24;
        long middle = root + 4096;
        long last = middle + 4096;
        memory.store(root + 3 * 8, PRESENT | (switchLevel == 3 ? SWITCH | walk.tableHostAddress[2] : middle));
        memory.store(middle + 5 * 8, PRESENT | (switchLevel == 2 ? SWITCH | walk.tableHostAddress[1] : last));
        // A leaf (bit 7) of the page's host address.
        memory.store(last + 7 * 8, PRESENT | 1 << 7 | GUEST + GPA);
        return root;
    }

    private void walk(long root, boolean cached) {
        walk.start(root, INPUT + 8, Rights.USER_WRITE);
        if (cached) {
            cache.resume(walk, format, 1);
        }
        format.walk(walk, new AgilePort());
        cache.learn(walk, format, 1);
    }

    @ParameterizedTest
    @CsvSource({"0, 3, 1", "2, 6, 4", "3, 9, 4"})
    void aWalkSwitchesWhereItsTableSays(int switchLevel, int references, int resumed) {
        long root = shadowRoot(switchLevel);
        walk(root, false);
        for (boolean cached : new boolean[] {false, true}) {
            walk(root, cached);
            assertThat(walk.succeeded()).as("%s", walk).isTrue();
            assertThat(walk.outputAddress).isEqualTo(GUEST + GPA + 8);
            assertThat(walk.trail.length()).isEqualTo(cached ? resumed : references);
            assertThat(walk.trail.uncached()).isEqualTo(references);
            assertThat(walk.portState).isEqualTo(switchLevel);
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 2", "2, 5", "3, 8"})
    void aWalkThatGoesOnAboveTheSwitchMeetsItAgain(int switchLevel, int resumed) {
        WalkCache upper = new WalkCache(new WalkCachePreset(
                "upper", "", "", WalkCachePreset.Kind.PREFIX, List.of(new WalkCachePreset.Array(2, 1, 4))));
        long root = shadowRoot(switchLevel);
        walk(root, false);
        upper.learn(walk, format, 1);
        walk.start(root, INPUT, Rights.USER_READ);
        upper.resume(walk, format, 1);
        format.walk(walk, new AgilePort());
        assertThat(walk.outputAddress).isEqualTo(GUEST + GPA);
        assertThat(walk.trail.length()).isEqualTo(resumed);
    }
}
