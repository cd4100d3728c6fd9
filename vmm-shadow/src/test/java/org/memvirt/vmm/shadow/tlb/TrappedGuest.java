package org.memvirt.vmm.shadow.tlb;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.AddressLayout;
import org.memvirt.api.architecture.TagPool;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.tlb.SoftwareTlb;
import org.memvirt.api.tlb.SoftwareTlb.Entry;
import org.memvirt.api.tlb.SoftwareTlb.Half;
import org.memvirt.api.tlb.SoftwareTlb.Miss;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.api.vmm.GuestBacking;
import org.memvirt.api.vmm.VcpuServices;
import org.memvirt.api.walk.NestedTlb;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;
import org.memvirt.testkit.PlainFormat;
import org.memvirt.testkit.machine.RefilledMmu;

/** A guest under trap and emulate whose every instruction the test gives; it sees the exits, and what is in hardware's TLB. */
final class TrappedGuest implements VcpuServices {
    static final long PAGE = 4096;
    static final long BYTES = 1L << 32;
    static final int ENTRIES = 64;
    static final int NOWHERE = -1;
    static final int EVERYTHING = Rights.ALL;

    private static final int MOST_MISSES = 4;

    final Memory memory = new Memory();
    final TlbCounts counts = new TlbCounts();
    final boolean pairs;
    final TrappedTlb tlb;
    final AddressLayout layout;
    SoftwareTlb hardware;
    TagPool tags = new TagPool(6);
    private final RefilledMmu mmu;
    private final Map<ExitCause, Integer> exits = new HashMap<>();
    private final Walk answer = Walk.outer();
    private String told = "";

    /** @param larger entries of the larger TLB */
    TrappedGuest(int larger, boolean pairs) {
        this.pairs = pairs;
        mmu = new RefilledMmu(PlainFormat.usual(), ENTRIES, pairs, Rights.ALL, 6, 8);
        hardware = freshHardware();
        layout = mmu.deprivilegedLayout(mmu.tlbPresets().getFirst());
        tlb = new TrappedTlb(this, memory, layout, larger, counts, 1);
        tlb.enterCore(0);
    }

    /** The TLB of another core. */
    SoftwareTlb freshHardware() {
        return mmu.createTlb(mmu.tlbPresets().getFirst(), 1);
    }

    /** Guest memory of which each granule lies 1 TiB above, unless the test has it elsewhere or nowhere. */
    static final class Memory implements GuestBacking {
        final Map<Long, Long> places = new HashMap<>();
        final Map<Long, Integer> allowed = new HashMap<>();
        final Map<Long, Integer> pieces = new HashMap<>();
        int pieceShift = 12;
        int populated;
        boolean full;

        @Override
        public long size() {
            return BYTES;
        }

        @Override
        public int granuleShift() {
            return 12;
        }

        @Override
        public long find(long gpa) {
            long granule = gpa & -PAGE;
            long place = places.getOrDefault(granule, granule + (1L << 40));
            return place == NOWHERE ? NOWHERE : place + (gpa & PAGE - 1);
        }

        @Override
        public int rights(long gpa) {
            return find(gpa) < 0 ? Rights.NONE : allowed.getOrDefault(gpa & -PAGE, Rights.ALL);
        }

        @Override
        public long populate(long gpa, int needed) {
            populated++;
            if (full) {
                return NOWHERE;
            }
            if (find(gpa) < 0) {
                places.remove(gpa & -PAGE);
            }
            allowed.remove(gpa & -PAGE);
            return find(gpa);
        }

        @Override
        public int contiguousShift(long gpa) {
            return find(gpa) < 0 ? -1 : pieces.getOrDefault(gpa & -PAGE, pieceShift);
        }

        /** Has the memory around an address lie in pieces of 2^shift bytes, unlike the rest. */
        void piecesOf(long gpa, int shift) {
            pieces.put(gpa & -PAGE, shift);
        }

        @Override
        public long reserveContiguous() {
            throw new UnsupportedOperationException("no VMM of TLBs asks for that");
        }
    }

    // What the guest does.

    /** An entry around an address under the guest's tag, whose page there leads to this gPA; a neighbour is invalid. */
    Entry entry(long address, long gpa, int rights) {
        return entry(address, gpa, 12, rights);
    }

    Entry entry(long address, long gpa, int shift, int rights) {
        Entry entry = new Entry();
        entry.present = true;
        entry.pageShift = shift;
        entry.tag = tlb.tag();
        entry.address = address & (pairs ? -2L : -1L) << shift;
        Half half = entry.half(address, pairs);
        half.valid = true;
        half.output = gpa;
        half.allowed = rights;
        return entry;
    }

    /** One that leads its second page elsewhere, with the same rights. */
    Entry pair(long address, long gpa, long secondGpa, int rights) {
        Entry pair = entry(address, gpa, rights);
        pair.odd.valid = true;
        pair.odd.output = secondGpa;
        pair.odd.allowed = rights;
        return pair;
    }

    /** Makes an access; tells what the guest hears of it, nothing if it goes through. */
    Miss access(long address, int needed) {
        AccessBatch one = new AccessBatch(1);
        one.add(address, needed);
        for (int misses = 0; misses < MOST_MISSES; misses++) {
            if (hardware.advance(one, 0, 1) == 1) {
                return Miss.NONE;
            }
            Miss heard = tlb.exception(hardware.lastMiss(), address, needed);
            if (heard != Miss.NONE) {
                return heard;
            }
            hardware.retryMiss();
        }
        throw new AssertionError("no progress at %#x".formatted(address));
    }

    /** Where hardware lets an access go by itself; {@link #NOWHERE} if it does not. */
    long inHardware(long address, int needed) {
        return hardware.probe(address, needed, answer) ? answer.outputAddress : NOWHERE;
    }

    /** What hardware's entry around an address says of itself; one that is not present if there is none. */
    Entry hardwareEntry(long address) {
        Entry entry = new Entry();
        int index = hardware.probe(address, hardware.tag());
        if (index >= 0) {
            hardware.read(index, entry);
        }
        return entry;
    }

    /** How many entries hardware has. */
    int present() {
        Entry entry = new Entry();
        int present = 0;
        for (int index = 0; index < hardware.entries(); index++) {
            hardware.read(index, entry);
            present += entry.present ? 1 : 0;
        }
        return present;
    }

    int exits(ExitCause cause) {
        return exits.getOrDefault(cause, 0);
    }

    /** All exits since the last call. */
    Map<ExitCause, Integer> exitsSince() {
        Map<ExitCause, Integer> all = Map.copyOf(exits);
        exits.clear();
        return all;
    }

    /** What the VMM said last. */
    String told() {
        return told;
    }

    // The services.

    @Override
    public SoftwareTlb softwareTlb() {
        return hardware;
    }

    @Override
    public long spaceTag(long held) {
        return held != 0 && tags.renewed(held) != 0 ? tags.renewed(held) : tags.take();
    }

    @Override
    public boolean holdsSpaceTag(long held) {
        return tags.renewed(held) != 0;
    }

    @Override
    public void exit(ExitCause cause) {
        exits.merge(cause, 1, Integer::sum);
    }

    @Override
    public void tell(Supplier<String> words) {
        told = words.get();
    }

    private static <T> T never() {
        throw new AssertionError("asked of hardware that knows the TLB alone");
    }

    @Override
    public WalkPort hostPort() {
        return never();
    }

    @Override
    public WalkPort softwarePort() {
        return never();
    }

    @Override
    public void softwareWalk(Walk walk, PageTableFormat format, WalkPort port) {
        never();
    }

    @Override
    public boolean storesWord() {
        return false;
    }

    @Override
    public long storedWord() {
        return never();
    }

    @Override
    public void invalidate(Invalidation stale) {
        never();
    }

    @Override
    public void invalidateAll() {
        never();
    }

    @Override
    public void invalidateGuestPhysical(long gpa, long bytes) {
        never();
    }

    @Override
    public @Nullable NestedTlb nestedTlb() {
        return null;
    }

    @Override
    public int stageTwoContext(long stageTwoRoot) {
        return TrappedGuest.<Integer>never();
    }
}
