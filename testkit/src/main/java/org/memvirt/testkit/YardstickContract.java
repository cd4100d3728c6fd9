package org.memvirt.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.engine.RunPlan;
import org.memvirt.testkit.Yardstick.Caches;
import org.memvirt.testkit.machine.AssembledMachine;
import org.memvirt.testkit.trial.Seeds;

/** A strategy that the yardstick knows counts what it counts, with four levels of 4 KiB pages in each stage. */
public abstract class YardstickContract {
    /** The machine without caches of walks: large pages and other geometries are not the yardstick's. */
    protected abstract AssembledMachine machine();

    /** Whether the strategy walks a second stage. */
    protected abstract boolean nested();

    @Test
    void withoutCachesOfWalksTheCountsAreTheYardsticks() {
        compare(Caches.NONE);
    }

    @Test
    void withAllCachesOfWalksTheCountsAreTheYardsticks() {
        compare(Caches.ALL);
    }

    @Test
    void withTheNestedTlbAloneTheCountsAreTheYardsticks() {
        if (nested()) {
            compare(Caches.NESTED_TLB_ALONE);
        }
    }

    private void compare(Caches caches) {
        Seeds.rounds(6, random -> {
            AccessBatch accesses = accesses(random, 30_000);
            AssembledMachine machine = machine()
                    .guestMemory(256L << 20)
                    .walkCache(caches == Caches.ALL ? AssembledMachine.REFERENCE_WALK_CACHE : null)
                    .nestedTlb(caches == Caches.NONE ? null : AssembledMachine.REFERENCE_NESTED_TLB);
            var result = VirtualizationContract.run(machine.boot(), accesses, new RunPlan(1, true));
            assertThat(Yardstick.countsOf(result)).isEqualTo(new Yardstick(nested(), caches).play(accesses));
        });
    }

    /** A program's: code in loops, a stack, heaps far apart, and some pages anywhere. */
    private static AccessBatch accesses(SplittableRandom random, int count) {
        AccessBatch batch = new AccessBatch(count);
        int heap = 1 + random.nextInt(6000);
        long code = 0x40_0000;
        while (!batch.isFull()) {
            code = random.nextInt(30) == 0 ? 0x40_0000 + (random.nextLong(300) << 12) : code + 16;
            batch.add(code, Rights.USER_EXECUTE);
            if (!batch.isFull()) {
                long data = switch (random.nextInt(8)) {
                    case 0, 1, 2 -> 0x7fff_ffff_0000L - random.nextLong(1 << 14);
                    case 3, 4 -> 0x5555_0000_0000L + (random.nextLong(1 + random.nextLong(heap)) << 12);
                    case 5 -> 0x7f00_0000_0000L + (random.nextLong(40) << 21);
                    case 6 -> random.nextLong(20) << 30;
                    default -> random.nextLong(12) << 39;
                };
                batch.add(data, random.nextInt(3) == 0 ? Rights.USER_WRITE : Rights.USER_READ);
            }
        }
        return batch;
    }
}
