package org.memvirt.engine.memory;

import static org.memvirt.engine.memory.Block.NOWHERE;

import java.util.List;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.option.Sizes;
import org.memvirt.api.vmm.GuestBacking;
import org.memvirt.api.vmm.HostChange;
import org.memvirt.api.vmm.VirtualMachine;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.memory.BuddyAllocator.Pool;

/**
 * What lies behind one VM's memory. It is backed on demand, in pieces of one size. Where they are small, the first one
 * reserves the aligned 2 MiB around it, so that neighbours in the guest are neighbours in the host (reservation-based
 * allocation: Navarro et al., OSDI 2002).
 *
 * <p>The host can take away, move, share and protect aligned pieces of any size from a granule on. It tells the VM before it
 * does so. A piece of which nothing is there stays as it is.
 */
public final class Backing implements GuestBacking {
    private final HostMemory host;
    private final BuddyAllocator frames;
    private final long size;
    private final int granuleShift;
    private final long granuleBytes;
    private final int blockShift;
    private final GranuleMap map;
    private final SwappedFrames swapped;
    private final Supply supply;
    private final LoggedPages logged;
    private final Pieces pieces;
    private @Nullable VirtualMachine owner;
    private LongSupplier invalidations = () -> 0;
    private @Nullable HostWatcher watcher;
    private boolean changed;

    /** See {@link HostMemory#backing}. */
    Backing(HostMemory host, BuddyAllocator frames, long size, List<Integer> shifts, boolean transparent) {
        this.host = host;
        this.frames = frames;
        this.size = size;
        int[] pieceShifts = shifts.stream().mapToInt(Integer::intValue).sorted().toArray();
        granuleShift = pieceShifts[0];
        granuleBytes = 1L << granuleShift;
        map = new GranuleMap(size, granuleShift);
        blockShift = map.blockShift();
        swapped = new SwappedFrames(host.memory(), granuleShift);
        supply = new Supply(host, frames, map, swapped, size, pieceShifts, transparent);
        pieces = new Pieces(this, supply);
        logged = new LoggedPages(this, supply);
    }

    /** Names the VM that is told of changes; before the first one. */
    public void attach(VirtualMachine machine) {
        owner = machine;
    }

    /** Names who knows how many invalidations the VMM has asked for until now; what a change costs is told by that. */
    public void countInvalidations(LongSupplier made) {
        invalidations = made;
    }

    /** The VM that is told of changes. */
    public VirtualMachine owner() {
        return Objects.requireNonNull(owner, "no VM was attached");
    }

    /** In what pieces the memory lies, and how that changes. */
    public Pieces pieces() {
        return pieces;
    }

    /** What a log of the guest's stores needs. */
    public LoggedPages logged() {
        return logged;
    }

    /** Who is told of stores and changes from now on; null for nobody. */
    public void watch(@Nullable HostWatcher chosen) {
        watcher = chosen;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public int granuleShift() {
        return granuleShift;
    }

    @Override
    public long find(long gpa) {
        return map.find(gpa);
    }

    @Override
    public int rights(long gpa) {
        if (find(gpa) == NOWHERE) {
            return Rights.NONE;
        }
        return map.flags(gpa) == 0 ? Rights.ALL : Rights.ALL & ~Rights.WRITE;
    }

    @Override
    public int contiguousShift(long gpa) {
        int shift = map.contiguousShift(gpa);
        return logged.isSplit() ? Math.min(shift, granuleShift) : shift;
    }

    /** The first granule that is backed, from that around {@code gpa} on; -1 when there is none. */
    public long next(long gpa) {
        return map.next(gpa);
    }

    /** Host memory that this guest has for itself, in bytes; what it shares is part of {@link HostMemory#sharedBytes}. */
    public long hostBytes() {
        return supply.bytes();
    }

    /** Whether no store has been made to the granule since {@link #protect}. */
    public boolean isProtected(long gpa) {
        return (map.flags(gpa) & Block.PROTECTED) != 0;
    }

    /** Whether the host has ever changed something, so that pages may be of other sizes than those chosen. */
    public boolean hasChanged() {
        return changed;
    }

    GranuleMap map() {
        return map;
    }

    HostMemory host() {
        return host;
    }

    /** The guest has more memory for itself, or less. */
    void count(long more) {
        supply.count(more);
    }

    // What the guest needs.

    @Override
    public long reserveContiguous() {
        return supply.reserveContiguous();
    }

    @Override
    public boolean reserve(long start, long bytes) {
        return supply.reserve(start, bytes);
    }

    /** Gives all host memory back, cleared: the guest has ended, and its strategy needs no telling. */
    void release() {
        if (supply.giveBackReserved()) {
            return;
        }
        swapped.forget(0, size);
        for (long at = next(0); at != NOWHERE; at = next(at)) {
            giveBack(at);
            present(at).remove(map.granule(at));
            present(at).setFlags(map.granule(at), 0);
            supply.forgetIfEmpty(at);
        }
    }

    @Override
    public long populate(long gpa, int needed) {
        if (gpa < 0 || gpa >= size) {
            throw new IllegalArgumentException("the guest has no memory at %#x: it has %s"
                    .formatted(gpa, Sizes.text(size)));
        }
        boolean writes = (needed & Rights.WRITE) != 0;
        if (writes && (map.flags(gpa) & Block.READ_ONLY) != 0) {
            return NOWHERE;
        }
        if (find(gpa) == NOWHERE) {
            supply.back(gpa);
        }
        if (writes && map.flags(gpa) != 0) {
            allowStores(gpa & -granuleBytes);
        }
        return find(gpa);
    }

    /** Ends a protection, and gives a granule that is shared a frame of its own. */
    private void allowStores(long gpa) {
        Block block = present(gpa);
        int granule = map.granule(gpa);
        long frame = block.address(granule);
        boolean shared = (block.flags(granule) & Block.SHARED) != 0;
        if (shared && host.sharers(frame) > 1) {
            tell(gpa, granuleShift, HostChange.REMAP);
            long copy = frames.allocate(granuleShift, Pool.DATA);
            host.memory().copy(frame, copy, granuleBytes);
            host.counts().add(Count.COPIED);
            host.leave(frame, granuleShift);
            block.put(granule, copy);
        } else if (shared) {
            host.keep(frame, granuleShift);
        }
        supply.count(shared ? granuleBytes : 0);
        if (watcher != null && (block.flags(granule) & Block.PROTECTED) != 0) {
            watcher.stored(gpa);
        }
        block.setFlags(granule, 0);
    }

    Block present(long gpa) {
        return Objects.requireNonNull(map.block(gpa));
    }

    // What the host does.

    /**
     * Takes a piece away, as to swap it out. What it held is kept, and comes back with the guest's next access.
     *
     * @param gpa first address of a piece of 2^shift bytes
     */
    public void evict(long gpa, int shift) {
        takeAway(gpa, shift, true);
    }

    /**
     * Takes a piece away that the guest has no use for, with what it held: a balloon's. The guest finds it cleared.
     *
     * @param gpa first address of a piece of 2^shift bytes
     */
    public void discard(long gpa, int shift) {
        swapped.forget(gpa, 1L << shift);
        takeAway(gpa, shift, false);
    }

    private void takeAway(long gpa, int shift, boolean keep) {
        if (!hasAny(gpa, shift, 0)) {
            return;
        }
        noteDissolved(gpa, shift);
        tell(gpa, shift, HostChange.UNMAP);
        long end = gpa + (1L << shift);
        for (long at = next(gpa); at != NOWHERE && at < end; at = next(at + granuleBytes)) {
            if (keep) {
                swapped.save(at, find(at));
                host.counts().add(Count.SWAPPED_OUT);
            } else {
                host.counts().add(Count.DISCARDED);
                if (watcher != null) {
                    watcher.stored(at);
                }
            }
            giveBack(at);
            present(at).remove(map.granule(at));
            supply.forgetIfEmpty(at);
        }
    }

    /** A piece of what is whole will be treated apart. */
    void noteDissolved(long gpa, int shift) {
        host.counts().addIf(Count.DISSOLVED, shift < blockShift && map.isWhole(gpa));
    }

    /** Gives a granule's frame back, or its part in one. */
    void giveBack(long gpa) {
        if ((map.flags(gpa) & Block.SHARED) == 0) {
            host.release(find(gpa), granuleShift);
            supply.count(-granuleBytes);
        } else {
            host.leave(find(gpa), granuleShift);
            present(gpa).setFlags(map.granule(gpa), map.flags(gpa) & ~Block.SHARED);
        }
    }

    /**
     * Moves a piece to another place, where it is contiguous. Granules that are shared stay where they are.
     *
     * @param gpa first address of a piece of 2^shift bytes
     */
    public void move(long gpa, int shift) {
        pieces.move(gpa, shift);
    }

    /**
     * Lets a piece share the memory behind a piece of the same or another guest that holds the same, as a host does that
     * merges equal pages. Neither may be stored to until it has a frame of its own again.
     *
     * @param gpa first address of a piece of 2^shift bytes, all of it there
     * @param otherGpa first address of the piece that stays, all of it there
     * @throws IllegalArgumentException when they do not hold the same
     */
    public void share(long gpa, int shift, Backing other, long otherGpa) {
        Sharing.share(this, gpa, shift, other, otherGpa);
    }

    /**
     * Has the next store to each granule of a piece noticed, as to log what is dirty: see {@link #isProtected}.
     *
     * @param gpa first address of a piece of 2^shift bytes
     */
    public void protect(long gpa, int shift) {
        forbid(gpa, shift, Block.PROTECTED);
    }

    /** The words of a frame of 4 KiB of the guest's, there or taken away; null when all are 0. */
    public long @Nullable [] words(long gpa) {
        long frame = gpa & -1L << BuddyAllocator.FRAME_SHIFT;
        long address = find(frame);
        return address == NOWHERE
                ? swapped.words(frame)
                : host.memory().words(address, 1L << BuddyAllocator.FRAME_SHIFT);
    }

    /** Bytes that are taken away and kept. */
    public long swappedBytes() {
        return swapped.bytes();
    }

    /** The first frame of 4 KiB, from {@code gpa} on, that is taken away and not all 0; -1 when there is none. */
    public long nextTaken(long gpa) {
        return swapped.next(gpa);
    }

    /**
     * Forbids stores to a piece, as to a ROM; it is backed first where nothing is there yet.
     *
     * @param gpa first address of a piece of 2^shift bytes
     */
    public void makeReadOnly(long gpa, int shift) {
        check(gpa, shift);
        for (long at = gpa; at < gpa + (1L << shift); at += granuleBytes) {
            populate(at, Rights.NONE);
        }
        forbid(gpa, shift, Block.READ_ONLY);
    }

    private void forbid(long gpa, int shift, int flag) {
        if (!hasAny(gpa, shift, flag)) {
            return;
        }
        tell(gpa, shift, HostChange.PROTECT);
        long end = gpa + (1L << shift);
        for (long at = next(gpa); at != NOWHERE && at < end; at = next(at + granuleBytes)) {
            present(at).setFlags(map.granule(at), map.flags(at) | flag);
        }
    }

    /** Has accessed bits cleared, so that the next use of a piece shows. */
    public void age(long gpa, int shift) {
        if (hasAny(gpa, shift, 0)) {
            tell(gpa, shift, HostChange.AGE);
        }
    }

    /** Whether a granule of the piece is there that has none of these flags. */
    boolean hasAny(long gpa, int shift, int without) {
        check(gpa, shift);
        long end = gpa + (1L << shift);
        for (long at = next(gpa); at != NOWHERE && at < end; at = next(at + granuleBytes)) {
            if ((map.flags(at) & without) == 0) {
                return true;
            }
        }
        return false;
    }

    void check(long gpa, int shift) {
        if (shift < granuleShift || (gpa & (1L << shift) - 1) != 0 || gpa < 0 || gpa + (1L << shift) > size) {
            throw new IllegalArgumentException(
                    "2^%d bytes at gPA %#x are no piece of %s of memory in granules of %s: give whole, aligned ones"
                            .formatted(shift, gpa, Sizes.text(size), Sizes.ofPage(granuleShift)));
        }
    }

    void tell(long gpa, int shift, HostChange change) {
        tellRange(gpa, 1L << shift, change);
    }

    void tellRange(long gpa, long bytes, HostChange change) {
        if (owner == null) {
            throw new IllegalStateException("no VM was attached that could be told of a " + change);
        }
        if (watcher != null && change != HostChange.CLEAN) {
            watcher.changing(gpa, bytes);
        }
        long before = invalidations.getAsLong();
        owner.hostMappingChanged(gpa, bytes, change);
        changed = true;
        host.counts().add(Count.of(change));
        host.counts().add(Count.HOST_INVALIDATIONS, invalidations.getAsLong() - before);
    }
}
