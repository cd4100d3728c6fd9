package org.memvirt.api.walk;

/**
 * A port over another one. It does what that one does; a subclass overrides what it does otherwise. It makes no walks side
 * by side, because they would pass by what a subclass overrides; one that can make them implements {@link BatchPort}, too.
 */
public abstract class ForwardingPort implements WalkPort {
    private final WalkPort below;

    protected ForwardingPort(WalkPort below) {
        this.below = below;
    }

    /** The port below. */
    protected final WalkPort below() {
        return below;
    }

    @Override
    public long readEntry(Walk walk, int level, long address) {
        return below.readEntry(walk, level, address);
    }

    @Override
    public long readEntryAt(Walk walk, int level, long hostAddress) {
        return below.readEntryAt(walk, level, hostAddress);
    }

    @Override
    public long readWideEntry(Walk walk, int level, long address, long hostAddress, int words) {
        return below.readWideEntry(walk, level, address, hostAddress, words);
    }

    @Override
    public boolean updateEntry(Walk walk, int level, long address, long hostAddress, long expected, long update) {
        return below.updateEntry(walk, level, address, hostAddress, expected, update);
    }

    @Override
    public void resolveLeaf(Walk walk) {
        below.resolveLeaf(walk);
    }
}
