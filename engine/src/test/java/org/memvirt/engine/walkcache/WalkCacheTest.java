package org.memvirt.engine.walkcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.table.TableMemory;
import org.memvirt.api.tlb.WalkCachePreset;
import org.memvirt.api.walk.Stage;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkBatch;
import org.memvirt.api.walk.WalkPort;

final class WalkCacheTest {
    private static final int DISAGREES = -1;

    private final byte[] resumeLevel = new byte[WalkBatch.CAPACITY];
    private final WalkCache cache = new WalkCache(new WalkCachePreset(
            "t",
            "t",
            "t",
            WalkCachePreset.Kind.PREFIX,
            List.of(
                    new WalkCachePreset.Array(1, 1, 2),
                    new WalkCachePreset.Array(2, 1, 2),
                    new WalkCachePreset.Array(3, 1, 2))));
    private final PageTableFormat format = new Levels(4);
    private final Walk walk = Walk.outer();

    /** Tells the shape of some levels of 9 bits; the walks of these tests are made by hand. */
    private record Levels(int levels) implements PageTableFormat {
        @Override
        public String name() {
            return "by hand";
        }

        @Override
        public String description() {
            return "levels of 9 bits";
        }

        @Override
        public Set<Stage> stages() {
            return Set.of(Stage.STAGE_1);
        }

        @Override
        public int coverShift(int level) {
            return 12 + 9 * level;
        }

        @Override
        public int inputBits() {
            return 12 + 9 * levels;
        }

        @Override
        public int outputBits() {
            return 48;
        }

        @Override
        public List<Integer> pageShifts() {
            return List.of(12);
        }

        @Override
        public boolean inRange(long inputAddress) {
            return true;
        }

        @Override
        public void walk(Walk walk, WalkPort port) {
            throw new UnsupportedOperationException();
        }

        @Override
        public PageTable create(TableMemory memory, TableFrames frames) {
            throw new UnsupportedOperationException();
        }

        @Override
        public PageTable open(TableMemory memory, TableFrames frames, long root) {
            throw new UnsupportedOperationException();
        }
    }

    /** A walk that goes from where the cache lets it to the leaf, its tables at addresses that tell level and prefix. */
    private int walk(long address, int space) {
        walk.start(0x1000, address, Rights.USER_READ);
        cache.resume(walk, format, space);
        int from = walk.resumeLevel == 0 ? 4 : walk.resumeLevel;
        if (walk.resumeLevel != 0) {
            assertThat(walk.resumeTable).isEqualTo(table(address, walk.resumeLevel, space));
            assertThat(walk.resumeAttributes).isEqualTo(walk.resumeLevel);
        }
        for (int level = from; level >= 1; level--) {
            int before = walk.trail.uncached();
            walk.trail.reference(walk.cell(level), 0, 0);
            walk.hostAddress = table(address, level, space) + 8;
            walk.visitTable(level, table(address, level, space), 4096, 8, level, before);
        }
        cache.learn(walk, format, space);
        assertThat(walk.trail.uncached()).as("made and skipped").isEqualTo(4);
        return from;
    }

    private static long table(long address, int level, int space) {
        return (address >> 12 + 9 * level << 20) + ((long) level << 14) + ((long) space << 17);
    }

    @Test
    void aWalkGoesOnAtTheLowestKnownTable() {
        assertThat(walk(0, 0)).isEqualTo(4);
        assertThat(walk(0x1000, 0)).isEqualTo(1);
        assertThat(walk(1L << 21, 0)).isEqualTo(2);
        assertThat(walk(1L << 30, 0)).isEqualTo(3);
        assertThat(walk(1L << 39, 0)).isEqualTo(4);
        assertThat(cache.counts()[0]).isEqualTo(2);
        assertThat(cache.counts()[1]).isOne();
        assertThat(cache.counts()[2]).isOne();
        assertThat(cache.counts()[3]).isOne();
    }

    @Test
    void eachArrayForgetsItsLeastRecentlyUsedEntry() {
        walk(0, 0);
        walk(1L << 21, 0);
        walk(0x1000, 0);
        walk(2L << 21, 0);
        assertThat(walk(0x2000, 0)).isEqualTo(1);
        assertThat(walk(1L << 21, 0)).as("only two PDEs fit").isEqualTo(2);
    }

    @Test
    void spacesAreApart() {
        walk(0, 1);
        assertThat(walk(0, 2)).isEqualTo(4);
        assertThat(walk(0, 1)).isEqualTo(1);
        cache.invalidate(space -> space == 1);
        assertThat(walk(0, 2)).isEqualTo(1);
        assertThat(walk(0, 1)).isEqualTo(4);
        cache.invalidateAll();
        assertThat(walk(0, 2)).isEqualTo(4);
    }

    @Test
    void addressesOfTheUpperHalfHavePrefixesOfTheirOwn() {
        walk(-1L << 47, 0);
        assertThat(walk(0, 0)).isEqualTo(4);
        assertThat(walk((-1L << 47) + 0x1000, 0)).isEqualTo(1);
    }

    @Test
    void theTableThatTheRegisterNamesIsNotOneToCache() {
        WalkCache upper = new WalkCache(new WalkCachePreset(
                "u", "u", "u", WalkCachePreset.Kind.PREFIX, List.of(new WalkCachePreset.Array(4, 1, 2))));
        PageTableFormat five = new Levels(5);
        walk.start(0x1000, 0, Rights.USER_READ);
        walk.trail.reference(walk.cell(4), 0, 0);
        walk.visitTable(4, 0x4000, 4096, 0, 0, 0);
        upper.learn(walk, format, 0);
        upper.begin(walksTo(0x9_0000), format);
        assertThat(upper.replay(1, 0, resumeLevel)).isEqualTo(1);
        upper.commit();
        assertThat(resumed(upper, five)).as("of four levels, the fourth is the top").isZero();
        walk.start(0x1000, 0, Rights.USER_READ);
        walk.trail.reference(walk.cell(5), 0, 0);
        walk.visitTable(5, 0x5000, 4096, 0, 0, 0);
        walk.trail.reference(walk.cell(4), 0, 0);
        walk.visitTable(4, 0x4000, 4096, 0, 0, 1);
        upper.learn(walk, five, 0);
        assertThat(resumed(upper, five)).as("of five, it is not").isEqualTo(4);
        assertThat(resumed(upper, format)).isZero();
        upper.begin(walksTo(0x9_0000), format);
        assertThat(upper.replay(1, 0, resumeLevel)).isEqualTo(1);
        upper.commit();
        assertThat(resumeLevel[0]).isZero();
    }

    private int resumed(WalkCache any, PageTableFormat by) {
        walk.start(0x1000, 0, Rights.USER_READ);
        any.resume(walk, by, 0);
        return walk.resumeLevel;
    }

    @Test
    void aCacheOfEntriesIsNoCacheByPrefix() {
        WalkCachePreset entries = new WalkCachePreset(
                "e", "e", "e", WalkCachePreset.Kind.ENTRY, List.of(new WalkCachePreset.Array(0, 1, 4)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new WalkCache(entries))
                .withMessageContaining("'e'");
    }

    @Test
    void anInvalidationOfAnAddressRemovesTheTablesOnItsWayAlone() {
        walk(0, 1);
        walk(1L << 30, 1);
        walk(0, 2);
        cache.invalidate(space -> space == 1, format, 0x1000, 1);
        assertThat(walk(1L << 30, 1)).as("another table of level 1").isEqualTo(1);
        assertThat(walk(0x2000, 2)).as("another space").isEqualTo(1);
        assertThat(walk(0, 1)).as("every table on the way").isEqualTo(4);
    }

    @Test
    void anInvalidationOfARangeReachesItsFirstAndItsLastTable() {
        long region = 1L << 21;
        for (long first : new long[] {0, region - 1, region, 2 * region - 1}) {
            cache.invalidateAll();
            walk(0, 1);
            walk(region, 1);
            cache.invalidate(space -> true, format, first, region);
            assertThat(cached(0)).as("the first of two regions, from %#x", first).isEqualTo(first >= region);
            assertThat(cached(region)).as("the second, from %#x", first).isEqualTo(first == 0);
        }
    }

    private boolean cached(long address) {
        return cached(address, 1);
    }

    private boolean cached(long address, int space) {
        walk.start(0x1000, address, Rights.USER_READ);
        cache.resume(walk, format, space);
        return walk.resumeLevel == 1;
    }

    // Walks that were made side by side.

    private static WalkBatch walksTo(long located) {
        WalkBatch walks = WalkBatch.outer(true);
        walks.start(0);
        walks.input[0] = 0x1234_5000;
        for (int level = 4; level > 0; level--) {
            walks.entries(level)[0] = located + (level << 12);
            walks.attributes(level)[0] = -level;
            walks.note(walks.cell(level), walks.entries(level));
        }
        return walks;
    }

    @Test
    void aWalkMadeWithoutTheCacheLeavesItAsOneMadeWithIt() {
        assertThat(level(walksTo(0x9_0000), 7)).isZero();
        cache.commit();
        assertThat(cache.counts()).startsWith(1, 0, 0, 0);
        walk.start(0, 0x1234_5000, Rights.USER_READ);
        cache.resume(walk, format, 7);
        assertThat(walk.resumeLevel).isEqualTo(1);
        assertThat(walk.resumeTable).isEqualTo(0x9_1000);
        assertThat(walk.resumeHostAddress).isEqualTo(0x9_1000);
        assertThat(walk.resumeAttributes).isEqualTo(-1);
        assertThat(walk.trail.skipped()).isEqualTo(3);
        assertThat(level(walksTo(0x9_0000), 7)).isEqualTo(1);
        assertThat(cache.resumed(1)).isEqualTo(1);
        assertThat(cache.resumed(0)).isZero();
        assertThat(level(walksTo(0x9_0000), 8)).as("another space").isZero();
    }

    /** The level at which the cache has a walk go on that was made without it, or {@link #DISAGREES}. */
    private int level(WalkBatch walks, int space) {
        cache.begin(walks, format);
        return cache.replay(1, space, resumeLevel) == 0 ? DISAGREES : resumeLevel[0];
    }

    @Test
    void aWalkThatFoundSomethingElseThanIsCachedDisagrees() {
        assertThat(level(walksTo(0x9_0000), 7)).isZero();
        cache.commit();
        assertThat(level(walksTo(0xa_0000), 7)).as("another table").isEqualTo(DISAGREES);
        WalkBatch walks = walksTo(0x9_0000);
        walks.attributes(1)[0] = -2;
        assertThat(level(walks, 7)).as("other attributes").isEqualTo(DISAGREES);
        walks = walksTo(0x9_0000);
        walks.note(walks.cell(1), walks.entries(1).clone());
        assertThat(level(walks, 7)).as("another cost").isEqualTo(DISAGREES);
        walks = walksTo(0x9_0000);
        walks.hostAddresses(1)[0] ^= 1 << 12;
        assertThat(level(walks, 7)).as("another place").isEqualTo(DISAGREES);
        assertThat(cache.counts()).as("none of them is counted").startsWith(1, 0, 0, 0);
    }

    @Test
    void walksThatWereTakenThroughChangeNothingBeforeTheyAreKept() {
        WalkBatch walks = walksTo(0x9_0000);
        assertThat(level(walks, 7)).isZero();
        cache.commit();
        for (int i = 1; i < 20; i++) {
            walks.input[i] = walks.input[0] + ((long) i << 39);
            for (int level = 4; level > 0; level--) {
                walks.entries(level)[i] = 0xb_0000 + (level << 12) + ((long) i << 20);
                walks.attributes(level)[i] = -1;
            }
        }
        cache.begin(walks, format);
        assertThat(cache.replay(20, 7, resumeLevel)).isEqualTo(20);
        assertThat(cached(walks.input[0], 7)).isTrue();
        assertThat(cached(walks.input[19], 7)).isFalse();
        cache.commit();
        assertThat(cached(walks.input[0], 7)).as("others have taken its place").isFalse();
        assertThat(cached(walks.input[19], 7)).isTrue();
    }
}
