package org.memvirt.engine.host;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.engine.memory.Backing;
import org.memvirt.engine.memory.BuddyAllocator;

/**
 * Live migration of a guest's memory by pre-copy: a first round copies all of it, each further one what the guest has stored
 * to meanwhile, until that is little, or for so many rounds; then the guest stands still and the rest is copied (Clark et
 * al., NSDI 2005). The guest runs between calls of {@link #round}.
 */
public final class Migration {
    private static final long FRAME = 1L << BuddyAllocator.FRAME_SHIFT;

    private final Backing backing;
    private final DirtyLog log;
    private final long threshold;
    private final int mostRounds;
    private final MemoryImage image = new MemoryImage();
    private final List<Long> rounds = new ArrayList<>();
    private boolean done;

    /**
     * Begins to log, and makes the first round.
     *
     * @param threshold granules that are few enough to stop the guest for
     * @param mostRounds rounds before the guest is stopped however many there are; the first one included
     */
    public Migration(Backing backing, DirtyLog log, long threshold, int mostRounds) {
        this.backing = backing;
        this.log = log;
        this.threshold = threshold;
        this.mostRounds = mostRounds;
        log.begin();
        rounds.add(copyAll());
    }

    private long copyAll() {
        long granule = 1L << backing.granuleShift();
        long copied = 0;
        for (long at = backing.next(0); at >= 0; at = backing.next(at + granule)) {
            copy(at, granule);
            copied++;
        }
        for (long at = backing.nextTaken(0); at >= 0; at = backing.nextTaken(at + FRAME)) {
            image.put(at, backing.words(at));
        }
        return copied + (backing.swappedBytes() >>> backing.granuleShift());
    }

    private void copy(long gpa, long bytes) {
        for (long at = gpa; at < gpa + bytes; at += FRAME) {
            image.put(at, backing.words(at));
        }
    }

    /**
     * Copies what the guest has stored to since the last round. When that is little, or it is the last round, the guest is to
     * stand still from now on: the log has ended, and the copy is whole.
     *
     * @return whether it is
     * @throws IllegalStateException when it was already
     */
    public boolean round() {
        if (done) {
            throw new IllegalStateException("the migration is over");
        }
        BitSet dirty = log.collect();
        int shift = backing.granuleShift();
        dirty.stream().forEach(granule -> copy((long) granule << shift, 1L << shift));
        long copied = dirty.cardinality();
        rounds.add(copied);
        done = copied <= threshold || rounds.size() > mostRounds;
        if (done) {
            log.end();
        }
        return done;
    }

    /** Whether the copy is whole. */
    public boolean isDone() {
        return done;
    }

    /** Granules copied in each round; the last while the guest stood still, once it {@link #isDone}. */
    public List<Long> rounds() {
        return List.copyOf(rounds);
    }

    /** The copy. */
    public MemoryImage image() {
        return image;
    }

    /** The first gPA at which the copy differs from the guest's memory as it is now, a multiple of 4 KiB; null if none does. */
    public @Nullable Long firstDifference() {
        return image.firstDifference(backing);
    }
}
