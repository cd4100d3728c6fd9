package org.memvirt.testkit.vmm;

import java.util.SplittableRandom;
import org.memvirt.engine.memory.Backing;

/** A host that takes away, moves, shares, protects and ages its guest's memory by chance, in pieces of some sizes. */
public final class HostScript {
    private final Backing backing;
    private final SplittableRandom random;

    public HostScript(Backing backing, SplittableRandom random) {
        this.backing = backing;
        this.random = random;
    }

    /** Does one thing, if any of the guest's memory is there. */
    public void act() {
        long granule = present();
        if (granule < 0) {
            return;
        }
        int shift = backing.granuleShift() + (random.nextBoolean() ? 0 : random.nextInt(10));
        if ((granule | (1L << shift) - 1) >= backing.size()) {
            shift = backing.granuleShift();
        }
        long piece = granule & -1L << shift;
        switch (random.nextInt(6)) {
            case 0 -> backing.evict(piece, shift);
            case 1 -> backing.move(piece, shift);
            case 2 -> backing.protect(piece, shift);
            case 3 -> backing.age(piece, shift);
            default -> share(granule);
        }
    }

    /** Takes something away, moves, shares or ages it: what a log of the guest's stores must bear. */
    public void disturb() {
        long granule = present();
        if (granule < 0) {
            return;
        }
        switch (random.nextInt(5)) {
            case 0 -> backing.evict(granule, backing.granuleShift());
            case 1 -> backing.move(granule, backing.granuleShift());
            case 2 -> backing.age(granule, backing.granuleShift());
            case 3 -> share(granule);
            default -> {
                // Nothing, this time.
            }
        }
    }

    /** A granule that is there, or -1. */
    private long present() {
        long granule = backing.next(random.nextLong(backing.size()));
        return granule < 0 ? backing.next(0) : granule;
    }

    private void share(long granule) {
        for (int tries = 0; tries < 10; tries++) {
            try {
                backing.share(granule, backing.granuleShift(), backing, present());
                return;
            } catch (IllegalArgumentException different) {
                // Only what holds the same is shared.
                continue;
            }
        }
    }
}
