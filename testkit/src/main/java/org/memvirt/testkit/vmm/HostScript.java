package org.memvirt.testkit.vmm;

import java.util.SplittableRandom;
import org.memvirt.engine.memory.Backing;

/** A host that takes away, moves, shares, protects and ages its guest's memory by chance, in pieces of some sizes. */
public final class HostScript {
    private final Backing backing;
    private final SplittableRandom random;
    private int changes;

    public HostScript(Backing backing, SplittableRandom random) {
        this.backing = backing;
        this.random = random;
    }

    /** Does one thing. */
    public void act() {
        long granule = present();
        int shift = backing.granuleShift() + (random.nextBoolean() ? 0 : random.nextInt(10));
        long piece = granule & -1L << shift;
        if (piece + (1L << shift) > backing.size()) {
            shift = backing.granuleShift();
            piece = granule;
        }
        changes++;
        switch (random.nextInt(6)) {
            case 0 -> backing.evict(piece, shift);
            case 1 -> backing.move(piece, shift);
            case 2 -> backing.protect(piece, shift);
            case 3 -> backing.age(piece, shift);
            default -> share(granule);
        }
    }

    /** A granule that is there. */
    private long present() {
        long bytes = 1L << backing.granuleShift();
        long at = random.nextLong(backing.size()) & -bytes;
        while (backing.find(at) < 0) {
            at = (at + bytes) % backing.size();
        }
        return at;
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

    /** How many things it did. */
    public int changes() {
        return changes;
    }
}
