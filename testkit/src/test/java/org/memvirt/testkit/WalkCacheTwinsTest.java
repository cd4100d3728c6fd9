package org.memvirt.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.radix.RadixFormat.AccessedUpdate;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.tlb.WalkCachePreset;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkBatch;
import org.memvirt.engine.walkcache.WalkCache;
import org.memvirt.testkit.format.TableFixture;
import org.memvirt.testkit.trial.Seeds;

/** Walks that were made side by side leave a walk cache as the same walks do when they go through it one after another. */
final class WalkCacheTwinsTest {
    private static final int SPACES = 2;
    private static final long REGION = 1L << 21;

    private final PlainFormat format = new PlainFormat(4, 9, 8, true, AccessedUpdate.DESCENDING);
    private final TableFixture fixture = new TableFixture(format);
    private final Walk walk = fixture.walk;
    private final byte[] goesOn = new byte[WalkBatch.CAPACITY];

    /** Some levels, of few entries. */
    private static WalkCachePreset preset(SplittableRandom random) {
        List<WalkCachePreset.Array> arrays = new ArrayList<>();
        for (int level = 1; level < 4; level++) {
            if (random.nextInt(4) != 0) {
                arrays.add(new WalkCachePreset.Array(level, 1 + random.nextInt(3), 1 + random.nextInt(4)));
            }
        }
        return new WalkCachePreset("t", "t", "t", WalkCachePreset.Kind.PREFIX, arrays);
    }

    /** Pages of a few regions, whose entries lie anywhere in their tables; accessed already. */
    private long[] pages(SplittableRandom random) {
        long[] pages = new long[40];
        for (int i = 0; i < pages.length; i++) {
            int shift = 21 + 9 * random.nextInt(3);
            pages[i] = (random.nextLong(5) << shift) + (random.nextLong(6) * REGION) + ((long) i << 12);
            pages[i] -= random.nextBoolean() ? 1L << 47 : 0;
            fixture.table.map(
                    pages[i], (long) (i + 1) << 12, 12, Rights.ALL, PageTable.ACCESSED | PageTable.DIRTY);
            fixture.walk(pages[i], Rights.USER_READ);
        }
        return pages;
    }

    private int resume(WalkCache cache, long page, int space) {
        walk.start(fixture.table.root(), page, Rights.USER_READ);
        cache.resume(walk, fixture.format, space);
        return walk.resumeLevel;
    }

    @Test
    void walksTakenThroughAfterwardsLeaveTheSameCache() {
        SplittableRandom random = Seeds.random();
        walk.recordsTables = true;
        long[] pages = pages(random);
        for (int round = 0; round < 40; round++) {
            WalkCachePreset preset = preset(random);
            WalkCache afterwards = new WalkCache(preset);
            WalkCache through = new WalkCache(preset);
            WalkBatch walks = WalkBatch.outer(true);
            for (int batch = 0; batch < 10; batch++) {
                int count = 1 + random.nextInt(random.nextBoolean() ? 12 : WalkBatch.CAPACITY);
                int space = random.nextInt(SPACES);
                walks.start(fixture.table.root());
                for (int i = 0; i < count; i++) {
                    walks.input[i] = pages[random.nextInt(pages.length)];
                    walks.access[i] = Rights.USER_READ;
                }
                assertThat(format.walkBatch(walks, count, fixture.port)).isEqualTo(count);
                afterwards.begin(walks, fixture.format);
                if (random.nextBoolean()) {
                    assertThat(afterwards.take(count, random.nextInt(SPACES), null)).isEqualTo(count);
                }
                assertThat(afterwards.take(count, space, goesOn)).isEqualTo(count);
                afterwards.keep();
                for (int i = 0; i < count; i++) {
                    assertThat(resume(through, walks.input[i], space)).isEqualTo(goesOn[i]);
                    fixture.format.walk(walk, fixture.port);
                    through.learn(walk, fixture.format, space);
                }
                assertThat(afterwards.counts()).isEqualTo(through.counts());
                compare(afterwards, through, pages[random.nextInt(pages.length)], space);
            }
        }
    }

    private void compare(WalkCache one, WalkCache other, long page, int space) {
        int level = resume(one, page, space);
        long table = walk.resumeTable;
        long located = walk.resumeHostAddress;
        long attributes = walk.resumeAttributes;
        int skipped = walk.trail.skipped();
        assertThat(resume(other, page, space)).isEqualTo(level);
        if (level != 0) {
            assertThat(walk.resumeTable).isEqualTo(table);
            assertThat(walk.resumeHostAddress).isEqualTo(located);
            assertThat(walk.resumeAttributes).isEqualTo(attributes);
            assertThat(walk.trail.skipped()).isEqualTo(skipped);
        }
    }
}
