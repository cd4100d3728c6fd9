package org.memvirt.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.radix.RadixFormat.AccessedUpdate;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.tlb.WalkCachePreset;
import org.memvirt.api.walk.WalkBatch;
import org.memvirt.engine.walkcache.EntryCachePort;
import org.memvirt.testkit.format.TableFixture;
import org.memvirt.testkit.trial.Seeds;

/** Walks that were made side by side leave a cache of entries as the same walks do when they read through it one after another. */
final class EntryCacheTwinsTest {
    private static final long REGION = 1L << 21;

    private final PlainFormat format = new PlainFormat(4, 9, 8, true, AccessedUpdate.DESCENDING);
    private final TableFixture fixture = new TableFixture(format);
    private final WalkBatch walks = WalkBatch.outer(true);
    private final SplittableRandom random = Seeds.random();
    private final long[] pages = new long[60];

    private static WalkCachePreset preset(int sets, int ways) {
        return new WalkCachePreset(
                "t", "t", "t", WalkCachePreset.Kind.ENTRY, List.of(new WalkCachePreset.Array(0, sets, ways)));
    }

    /** Small pages of some regions, and some large ones between them; accessed already. */
    @BeforeEach
    void mapPages() {
        for (int i = 0; i < pages.length; i++) {
            boolean large = i % 5 == 0;
            long region = (random.nextLong(5) << 21 + 9 * random.nextInt(3)) + 2 * random.nextLong(6) * REGION;
            pages[i] = large ? region + REGION : region + ((long) i << 12);
            if (fixture.table.find(pages[i]) == null) {
                int shift = large && fixture.table.largestFree(pages[i], List.of(12, 21)) == 21 ? 21 : 12;
                fixture.table.map(
                        pages[i], (long) (i + 1) << 21, shift, Rights.ALL, PageTable.ACCESSED | PageTable.DIRTY);
            }
            fixture.walk(pages[i], Rights.USER_READ);
        }
    }

    /** Makes walks side by side; returns how many were plain. */
    private int walk(EntryCachePort port, LongStream inputs) {
        long[] all = inputs.toArray();
        walks.start(fixture.table.root());
        System.arraycopy(all, 0, walks.input, 0, all.length);
        Arrays.fill(walks.access, 0, all.length, Rights.USER_READ);
        port.replay().begin();
        return format.walkBatch(walks, all.length, port);
    }

    private LongStream anyPages(int count) {
        return IntStream.range(0, count).mapToLong(i -> pages[random.nextInt(pages.length)]);
    }

    /** References that a walk through a cache is saved. */
    private int saved(EntryCachePort port, long page) {
        fixture.walk.start(fixture.table.root(), page, Rights.USER_READ);
        format.walk(fixture.walk, port);
        assertThat(fixture.walk.succeeded()).isTrue();
        return fixture.walk.trail.skipped();
    }

    @Test
    void readsThatAreReplayedAfterwardsLeaveTheSameEntries() {
        for (int round = 0; round < 40; round++) {
            WalkCachePreset preset = preset(1 + random.nextInt(3), 1 + random.nextInt(9));
            EntryCachePort afterwards = new EntryCachePort(preset, fixture.port);
            EntryCachePort through = new EntryCachePort(preset, fixture.port);
            for (int batch = 0; batch < 10; batch++) {
                int plain = walk(afterwards, anyPages(1 + random.nextInt(WalkBatch.CAPACITY)));
                assertThat(plain).isPositive();
                if (random.nextBoolean()) {
                    // One that is dropped has no effect.
                    afterwards.replay().replay(plain, (walk, cell) -> random.nextBoolean());
                }
                assertThat(afterwards.replay().replay(plain, (walk, cell) -> true)).isEqualTo(plain);
                afterwards.replay().commit();
                for (int i = 0; i < plain; i++) {
                    assertThat(saved(through, walks.input[i])).isEqualTo(afterwards.replay().saved(i));
                }
                assertThat(afterwards.counts()).isEqualTo(through.counts());
                long page = pages[random.nextInt(pages.length)];
                assertThat(saved(afterwards, page)).isEqualTo(saved(through, page));
            }
        }
    }

    @Test
    void aWalkThatFindsAnotherEntryThanItHasReadIsLeftToBeMadeAlone() {
        EntryCachePort port = new EntryCachePort(preset(1, 64), fixture.port);
        long changed = 1L << 40;
        long other = changed + REGION;
        fixture.table.map(changed, 1L << 30, 12, Rights.ALL, PageTable.ACCESSED | PageTable.DIRTY);
        fixture.table.map(other, 1L << 30, 12, Rights.ALL, PageTable.ACCESSED | PageTable.DIRTY);
        fixture.walk(changed, Rights.USER_READ);
        fixture.walk(other, Rights.USER_READ);
        fixture.walk.recordsTables = true;
        saved(port, changed);
        long entry = fixture.walk.table[2] + (changed >>> 21 & 0x1ff) * Long.BYTES;
        // A bit that means nothing.
        fixture.memory.store(entry, fixture.memory.load(entry) ^ 1L << 62);
        int plain = walk(port, LongStream.of(other, other, other, changed, other));
        assertThat(plain).isEqualTo(5);
        assertThat(port.replay().replay(plain, (walk, cell) -> true)).isEqualTo(3);
        assertThat(port.replay().replay(3, (walk, cell) -> true)).isEqualTo(3);
    }
}
