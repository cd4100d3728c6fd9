package org.memvirt.runner.command;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Walk caches of other sizes than a preset's. */
class WalkCacheOptionTest {
    private static CommandLineRun run(String walkCache) {
        return CommandLineRun.of(
                "run", "--vmm", "native", "--workload", "uniform:footprint=4G", "--accesses", "30000", "--guest-pages",
                "2M", "--prefault", "--tlb", "reference:l2=64x4", "--walk-cache", walkCache, "--json");
    }

    private static double perWalk(String walkCache) {
        CommandLineRun run = run(walkCache);
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.json().at("/config/walk-cache").asString()).isEqualTo(walkCache);
        return run.json().at("/walkReferences/perWalk").doubleValue();
    }

    /** Four gigabytes have four directories of leaves: what a cache of them knows is its size in four. */
    @Test
    void aLargerCacheSavesTheReferencesOfWhatItHolds() {
        assertThat(perWalk("reference:l2=4xfull")).isBetween(1.0, 1.001);
        assertThat(perWalk("reference:l2=2xfull,l3=1x1")).isBetween(1.48, 1.52);
        assertThat(perWalk("reference:l2=1x1,l3=1x1")).isBetween(1.73, 1.77);
        assertThat(perWalk("none")).isEqualTo(3);
    }

    @Test
    void whatIsNoSizeOrNoCacheIsRefused() {
        CommandLineRun.assertRefused(run("reference:l2=5x2"), 2, "--walk-cache", "l2=5x2", "multiple of the ways");
        CommandLineRun.assertRefused(run("reference:l7=4x2"), 2, "--walk-cache", "l7", "l1, l2, l3");
        CommandLineRun.assertRefused(run("nosuch"), 2, "--walk-cache", "'nosuch'", "reference");
    }
}
