package org.memvirt.engine.memory;

import static org.memvirt.engine.memory.Block.NOWHERE;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.option.Sizes;
import org.memvirt.api.vmm.GuestBacking;
import org.memvirt.api.vmm.HostChange;
import org.memvirt.api.vmm.VirtualMachine;
import org.memvirt.engine.memory.FrameAllocator.Pool;

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
    private @Nullable VirtualMachine owner;
    private boolean changed;

    /** See {@link HostMemory#backing}. */
    Backing(HostMemory host, BuddyAllocator frames, long size, List<Integer> shifts) {
        this.host = host;
        this.frames = frames;
        this.size = size;
        int[] pieceShifts = shifts.stream().mapToInt(Integer::intValue).sorted().toArray();
        granuleShift = pieceShifts[0];
        granuleBytes = 1L << granuleShift;
        if (granuleShift < FrameAllocator.FRAME_SHIFT) {
            throw new IllegalArgumentException("the host backs memory in pieces of %s and more, not %s"
                    .formatted(Sizes.ofPage(FrameAllocator.FRAME_SHIFT), Sizes.ofPage(granuleShift)));
        }
        if (size <= 0 || (size & granuleBytes - 1) != 0) {
            throw new IllegalArgumentException("a guest that is backed in pieces of %s has a multiple of that, not %s"
                    .formatted(Sizes.ofPage(granuleShift), Sizes.text(size)));
        }
        map = new GranuleMap(size, granuleShift);
        blockShift = map.blockShift();
        swapped = new SwappedFrames(host.memory());
        supply = new Supply(frames, map, swapped, size, pieceShifts);
    }

    /** Names the VM that is told of changes; before the first one. */
    public void attach(VirtualMachine machine) {
        owner = machine;
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
        return map.contiguousShift(gpa);
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

    // What the guest needs.

    @Override
    public long reserveContiguous() {
        return supply.reserveContiguous();
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
            host.leave(frame, granuleShift);
            block.put(granule, copy);
        } else if (shared) {
            host.keep(frame, granuleShift);
        }
        supply.count(shared ? granuleBytes : 0);
        block.setFlags(granule, 0);
    }

    private Block present(long gpa) {
        return Objects.requireNonNull(map.block(gpa));
    }

    // What the host does.

    /**
     * Takes a piece away, as to swap it out. What it held is kept, and comes back with the guest's next access.
     *
     * @param gpa first address of a piece of 2^shift bytes
     */
    public void evict(long gpa, int shift) {
        if (!hasAny(gpa, shift, 0)) {
            return;
        }
        tell(gpa, shift, HostChange.UNMAP);
        long end = gpa + (1L << shift);
        for (long at = next(gpa); at != NOWHERE && at < end; at = next(at + granuleBytes)) {
            swapped.save(at, find(at), granuleBytes);
            giveBack(at);
            present(at).remove(map.granule(at));
            forgetIfEmpty(at);
        }
    }

    /** Gives a granule's frame back, or its part in one. */
    private void giveBack(long gpa) {
        if ((map.flags(gpa) & Block.SHARED) == 0) {
            host.release(find(gpa), granuleShift);
            supply.count(-granuleBytes);
        } else {
            host.leave(find(gpa), granuleShift);
            present(gpa).setFlags(map.granule(gpa), map.flags(gpa) & ~Block.SHARED);
        }
    }

    /** Gives the memory back that is reserved for a block of which nothing is there any more. */
    private void forgetIfEmpty(long gpa) {
        Block block = present(gpa);
        if (block.isEmpty() && !block.hasFlags()) {
            block.forEachReserved(address -> host.release(address, granuleShift));
            map.removeBlock(gpa);
        }
    }

    /**
     * Moves a piece to another place, where it is contiguous. Granules that are shared stay where they are.
     *
     * @param gpa first address of a piece of 2^shift bytes
     */
    public void move(long gpa, int shift) {
        if (!hasAny(gpa, shift, Block.SHARED)) {
            return;
        }
        tell(gpa, shift, HostChange.REMAP);
        long to = frames.allocate(shift, Pool.DATA);
        for (long at = gpa; at < gpa + (1L << shift); at += granuleBytes) {
            long target = to + (at - gpa);
            if (find(at) != NOWHERE && (map.flags(at) & Block.SHARED) == 0) {
                host.memory().copy(find(at), target, granuleBytes);
                host.release(find(at), granuleShift);
                present(at).put(map.granule(at), target);
            } else {
                frames.release(target, granuleShift);
            }
        }
        for (long at = gpa; at < gpa + (1L << shift); at += 1L << blockShift) {
            map.rehome(at);
        }
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
        check(gpa, shift);
        other.check(otherGpa, shift);
        if (host != other.host || granuleShift != other.granuleShift) {
            throw new IllegalArgumentException(
                    "guests of different hosts, or backed in different granules, share nothing");
        }
        for (long at = 0; at < 1L << shift; at += granuleBytes) {
            long mine = find(gpa + at);
            long theirs = other.find(otherGpa + at);
            if (mine == NOWHERE || theirs == NOWHERE || !host.memory().isSame(mine, theirs, granuleBytes)) {
                throw new IllegalArgumentException("gPA %#x and gPA %#x do not hold the same, and cannot share a frame"
                        .formatted(gpa + at, otherGpa + at));
            }
        }
        other.tell(otherGpa, shift, HostChange.PROTECT);
        tell(gpa, shift, HostChange.REMAP);
        for (long at = 0; at < 1L << shift; at += granuleBytes) {
            long frame = other.find(otherGpa + at);
            if (find(gpa + at) != frame) {
                other.offer(otherGpa + at);
                giveBack(gpa + at);
                present(gpa + at).put(map.granule(gpa + at), frame);
                present(gpa + at).setFlags(map.granule(gpa + at), map.flags(gpa + at) | Block.SHARED);
                host.join(frame);
            }
        }
    }

    /** Makes a granule's frame one that others may join. */
    private void offer(long gpa) {
        if ((map.flags(gpa) & Block.SHARED) == 0) {
            host.offer(find(gpa), granuleShift);
            supply.count(-granuleBytes);
            present(gpa).setFlags(map.granule(gpa), map.flags(gpa) | Block.SHARED);
        }
    }

    /**
     * Has the next store to each granule of a piece noticed, as to log what is dirty: see {@link #isProtected}.
     *
     * @param gpa first address of a piece of 2^shift bytes
     */
    public void protect(long gpa, int shift) {
        forbid(gpa, shift, Block.PROTECTED);
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
    private boolean hasAny(long gpa, int shift, int without) {
        check(gpa, shift);
        long end = gpa + (1L << shift);
        for (long at = next(gpa); at != NOWHERE && at < end; at = next(at + granuleBytes)) {
            if ((map.flags(at) & without) == 0) {
                return true;
            }
        }
        return false;
    }

    private void check(long gpa, int shift) {
        if (shift < granuleShift || (gpa & (1L << shift) - 1) != 0 || gpa < 0 || gpa + (1L << shift) > size) {
            throw new IllegalArgumentException(
                    "2^%d bytes at gPA %#x are no piece of %s of memory in granules of %s: give whole, aligned ones"
                            .formatted(shift, gpa, Sizes.text(size), Sizes.ofPage(granuleShift)));
        }
    }

    private void tell(long gpa, int shift, HostChange change) {
        if (owner == null) {
            throw new IllegalStateException("no VM was attached that could be told of a " + change);
        }
        changed = true;
        owner.hostMappingChanged(gpa, 1L << shift, change);
    }
}
