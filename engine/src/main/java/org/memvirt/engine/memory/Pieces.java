package org.memvirt.engine.memory;

import static org.memvirt.engine.memory.Block.NOWHERE;

import java.util.function.LongConsumer;
import org.memvirt.api.vmm.HostChange;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.memory.BuddyAllocator.Pool;

/** In what pieces one guest's memory lies, and how the host makes larger ones of them. */
public final class Pieces {
    private final Backing backing;
    private final GranuleMap map;
    private final Supply supply;

    Pieces(Backing backing, Supply supply) {
        this.backing = backing;
        this.supply = supply;
        map = backing.map();
    }

    /** Offset bits of the largest piece that is asked for. */
    public int largestShift() {
        return supply.largestPiece();
    }

    /** Whether granules will do in the place of large pieces. */
    public boolean isTransparent() {
        return supply.isTransparent();
    }

    /** Whether the granule around {@code gpa} is there and has nothing said of it: it may be moved and merged. */
    public boolean isPlain(long gpa) {
        return backing.find(gpa) != NOWHERE && map.flags(gpa) == 0;
    }

    /** Whether the granule around {@code gpa} shares its frame. */
    public boolean isShared(long gpa) {
        return (map.flags(gpa) & Block.SHARED) != 0;
    }

    /** Granules of the aligned piece of 2^shift bytes that are there; -1 if anything is said of one of them. */
    public int plainGranules(long gpa, int shift) {
        int count = 0;
        long granule = 1L << backing.granuleShift();
        long end = gpa + (1L << shift);
        for (long at = map.next(gpa); at != NOWHERE && at < end; at = map.next(at + granule)) {
            if (map.flags(at) != 0) {
                return -1;
            }
            count++;
        }
        return count;
    }

    /** Backs what is missing of a piece and moves all of it to one place, aligned to its size, which must be free. */
    public void collapse(long gpa, int shift) {
        long granule = 1L << backing.granuleShift();
        for (long at = gpa; at < gpa + (1L << shift); at += granule) {
            backing.populate(at, 0);
        }
        backing.move(gpa, shift);
        backing.host().counts().add(Count.COLLAPSED);
    }

    /** Lets a piece that lies in one be mapped by larger pages than it was. */
    public void join(long gpa, int shift) {
        backing.tell(gpa, shift, HostChange.JOIN);
        backing.host().counts().add(Count.COLLAPSED);
    }

    /** See {@link Backing#move}. */
    void move(long gpa, int shift) {
        if (!backing.hasAny(gpa, shift, Block.SHARED)) {
            return;
        }
        HostMemory host = backing.host();
        int granuleShift = backing.granuleShift();
        long granule = 1L << granuleShift;
        backing.noteDissolved(gpa, shift);
        backing.tell(gpa, shift, HostChange.REMAP);
        long to = host.frames().allocate(shift, Pool.DATA);
        for (long at = gpa; at < gpa + (1L << shift); at += granule) {
            long target = to + (at - gpa);
            long from = map.find(at);
            if (from != NOWHERE && (map.flags(at) & Block.SHARED) == 0) {
                host.memory().copy(from, target, granule);
                host.counts().add(Count.MOVED);
                host.release(from, granuleShift);
                backing.present(at).put(map.granule(at), target);
            } else {
                host.frames().release(target, granuleShift);
            }
        }
        for (long at = gpa; at < gpa + (1L << shift); at += 1L << map.blockShift()) {
            map.rehome(at);
        }
    }

    /** Gives back what is kept for granules that may never come. */
    public void giveUpReserved() {
        LongConsumer release = address -> backing.host().frames().release(address, backing.granuleShift());
        map.forEachBlock(block -> block.giveUpReserved(release));
    }

    /** Tells the gPA and the host address of each granule that is there. */
    public void forEachGranule(GranuleVisitor visitor) {
        long granule = 1L << backing.granuleShift();
        for (long at = map.next(0); at != NOWHERE; at = map.next(at + granule)) {
            visitor.accept(at, backing.find(at));
        }
    }

    /** Who is told of granules. */
    public interface GranuleVisitor {
        void accept(long gpa, long hostAddress);
    }
}
