package org.memvirt.testkit.tlb;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.memvirt.api.access.Rights;
import org.memvirt.api.walk.Walk;

/**
 * What page tables would say: every address of every space is mapped, by a page whose size its upper bits tell, to a frame
 * that changes when the page is changed. Both follow from the page alone, in whatever order pages are asked for. Writes to a
 * page that is not dirty are kept back, as a walk does it.
 */
public final class Translations {
    /** Spaces are numbered from 0; this many belong to one VM. */
    public static final int SPACES_OF_A_VM = 3;

    /** Stretches of addresses, each of one page size. */
    public static final int STRETCHES = 6;

    private static final int STRETCH_SHIFT = 36;
    private static final long FIRST_GLOBAL = 4;

    /** Of the number of a frame: those of the largest pages fit into 52 bits, too. */
    private static final int FRAME_BITS = 18;

    private final List<Integer> pageShifts;
    private final int poor;
    private final boolean globals;
    private final Map<Page, State> states = new HashMap<>();

    /**
     * @param pageShifts the sizes of the stretches, again and again
     * @param poor how many pages in 100 start with few rights and clean; the others allow everything
     * @param globals whether the pages of the upper half are global
     */
    public Translations(List<Integer> pageShifts, int poor, boolean globals) {
        this.pageShifts = pageShifts;
        this.poor = poor;
        this.globals = globals;
    }

    private record Page(int owner, boolean global, long number, int shift) {
        /** The number of a frame, for each change another. */
        long random(int change) {
            long mixed = (31L * hashCode() + change) * 0x9E3779B97F4A7C15L;
            return (mixed ^ mixed >>> 32) * 0xD6E8FEB86659FD93L >>> Long.SIZE - FRAME_BITS;
        }
    }

    private static final class State {
        final Page page;
        int changes;
        long frame;
        int rights;
        boolean dirty;

        State(Page page) {
            this.page = page;
            frame = page.random(0);
        }
    }

    public static int vmOf(int space) {
        return 1 + space / SPACES_OF_A_VM;
    }

    /** An address in one of the first pages of some stretch, the last stretches lying in the upper half. */
    public long address(SplittableRandom random, int pages) {
        long stretch = random.nextLong(STRETCHES);
        long page = random.nextLong(1 + random.nextLong(pages));
        long address = (stretch << STRETCH_SHIFT) + (page << shiftOf(stretch << STRETCH_SHIFT));
        return (stretch >= FIRST_GLOBAL ? -1L << 46 : 0) + address + random.nextLong(1L << 12);
    }

    private int shiftOf(long address) {
        return pageShifts.get((int) (address >>> STRETCH_SHIFT & 7) % pageShifts.size());
    }

    private boolean isGlobal(long address) {
        return globals && address < 0;
    }

    private State state(int space, long address) {
        boolean global = isGlobal(address);
        int shift = shiftOf(address);
        Page page = new Page(global ? vmOf(space) : space, global, address >>> shift, shift);
        return states.computeIfAbsent(page, missing -> {
            State state = new State(missing);
            boolean isPoor = state.frame * 61 % 100 < poor;
            state.rights = isPoor && state.frame % 3 != 0 ? Rights.READ : Rights.ALL;
            state.dirty = !isPoor;
            return state;
        });
    }

    /** Whether the access faults for now. */
    public boolean faults(int space, long address, int needed) {
        return !Rights.permit(state(space, address).rights, needed);
    }

    /** Gives the page a right more; no cached translation becomes wrong by that. */
    public void grant(int space, long address, int needed) {
        state(space, address).rights |= needed;
    }

    /** The answer of a walk for an access that does not fault. */
    public void walk(int space, long address, int needed, Walk answer) {
        State state = state(space, address);
        state.dirty |= (needed & Rights.WRITE) != 0;
        answer.inputAddress = address;
        answer.pageShift = shiftOf(address);
        answer.outputAddress = frame(state, answer.pageShift) | address & (1L << answer.pageShift) - 1;
        answer.allowed = kept(state);
        answer.global = isGlobal(address);
    }

    /** Whether the access's walk is plain: see {@link org.memvirt.api.walk.WalkBatch}. */
    boolean isPlain(int space, long address, int needed) {
        State state = state(space, address);
        return !isGlobal(address) && Rights.permit(kept(state), needed);
    }

    /** Whether a cached answer is one that a walk could give, for a page or a piece of it. */
    public boolean confirms(int space, long address, Walk cached) {
        State state = state(space, address);
        int shift = shiftOf(address);
        return cached.outputAddress == (frame(state, shift) | address & (1L << shift) - 1)
                && cached.pageShift <= shift
                && cached.global == isGlobal(address)
                && Rights.permit(kept(state), cached.allowed);
    }

    private static int kept(State state) {
        return state.dirty ? state.rights : state.rights & ~Rights.WRITE;
    }

    private static long frame(State state, int shift) {
        return state.frame << shift;
    }

    /** Maps the page elsewhere, with few rights and clean: what was cached of it is wrong now. */
    public void change(int space, long address) {
        State state = state(space, address);
        state.frame = state.page.random(++state.changes);
        state.rights = Rights.READ;
        state.dirty = false;
    }

    /** The first address of the page. */
    public long pageOf(long address) {
        return address & -1L << shiftOf(address);
    }

    /** The bytes of the page. */
    public long bytesOf(long address) {
        return 1L << shiftOf(address);
    }
}
