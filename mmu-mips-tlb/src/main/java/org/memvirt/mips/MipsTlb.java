package org.memvirt.mips;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.SoftwareTlb;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;

/**
 * The joint TLB of a MIPS processor, and the segments that pass it by. PRA, "TLB-Based Virtual Address Translation".
 *
 * <p>An access that needs a user right is made in user mode; one that needs a supervisor right is made in the mode that
 * {@link #setStatus Status} tells, if that is a privileged one, else in kernel mode. A hit changes nothing in such a TLB, so
 * the loop over hits asks {@link RecentPages} first.
 *
 * <p>The PRA leaves open what happens when two entries match: here the one with the lower index answers. Not modelled: the
 * machine check that some processors raise then, and the micro TLBs in front of the joint TLB, which software cannot see.
 */
final class MipsTlb implements SoftwareTlb {
    /** The name of the one group of counts. */
    static final String GROUP = "jtlb";

    /** The same of a root TLB. */
    static final String ROOT_GROUP = "root";

    private static final Miss[] MISSES = Miss.values();
    private static final int TAG = (1 << MipsModel.TAG_BITS) - 1;

    private final MipsModel model;
    private final TlbEntries entries;
    private final RecentPages recent;
    private final RandomIndex random;
    private final Counts counts;
    private final List<Counts> allCounts;
    private long unmapped;
    private long status;
    private int privilegedMode = Mode.KERNEL;
    private boolean tellsInhibited;
    private int tag;
    private Miss lastMiss = Miss.NONE;
    private boolean isRetry;
    /** The root TLB, by which what this one gives is translated; null without virtualization. */
    private final @Nullable MipsTlb below;

    /** Of a root TLB, the guest TLB whose known pages came from it, too. */
    private @Nullable MipsTlb above;

    /** Whether it is a root TLB: its addresses are the guest's physical ones, and there are no segments. */
    private final boolean isRoot;

    private long missAddress;
    /** Whether the access that is made again has been counted by the root TLB, too. */
    private boolean isCountedBelow;
    /** The entry that matched the address translated last; below 0 if none was asked for, or none did. */
    private int matched = -1;

    /** @param seed of the choice of {@link #writeRandom} */
    MipsTlb(MipsModel model, long seed) {
        this(model, seed, GROUP, null, false);
    }

    /** One in front of a root TLB; the virtualization module, "Guest Physical Root" and "Root TLB". */
    MipsTlb(MipsModel model, long seed, MipsTlb root) {
        this(model, seed, GROUP, root, false);
        root.above = this;
    }

    /** A root TLB. */
    static MipsTlb ofSecondStage(MipsModel model, long seed) {
        return new MipsTlb(model, seed, ROOT_GROUP, null, true);
    }

    private MipsTlb(MipsModel model, long seed, String group, @Nullable MipsTlb below, boolean isRoot) {
        this.model = model;
        this.below = below;
        this.isRoot = isRoot;
        counts = new Counts(group, isRoot ? 0 : 1);
        allCounts = below == null ? List.of(counts) : List.of(counts, below.counts);
        entries = new TlbEntries(model);
        recent = new RecentPages(model.smallestShift());
        random = new RandomIndex(model.entries(), seed);
        status = model.is64() ? Status.KX | Status.SX | Status.UX : 0;
    }

    MipsModel model() {
        return model;
    }

    // Accesses.

    @Override
    public int advance(AccessBatch batch, int from, int to) {
        long[] addresses = batch.addresses;
        byte[] kinds = batch.kinds;
        int at = from;
        lastMiss = Miss.NONE;
        if (isRetry && at < to) {
            isRetry = false;
            lastMiss = attempt(addresses[at], kinds[at]);
            if (lastMiss != Miss.NONE) {
                return at;
            }
            at++;
        }
        while (true) {
            int known = recent.advance(addresses, kinds, at, to);
            counts.hits += known - at;
            if (below != null) {
                below.counts.hits += known - at;
            }
            at = known;
            if (at == to) {
                return to;
            }
            isCountedBelow = false;
            lastMiss = attempt(addresses[at], kinds[at]);
            if (lastMiss == Miss.NONE || lastMiss == Miss.STAGE_2) {
                // What the root TLB lacks is no miss of this one.
                counts.hits += matched < 0 ? 0 : 1;
                unmapped += matched < 0 ? 1 : 0;
            } else {
                counts.misses++;
            }
            if (lastMiss != Miss.NONE) {
                return at;
            }
            at++;
        }
    }

    private Miss attempt(long address, int needed) {
        int mode = mode(needed);
        long answer = translate(address, needed, mode);
        if (answer < 0) {
            return missOf(answer);
        }
        int side = mode == Mode.USER ? Rights.USER : Rights.SUPERVISOR;
        int rights = matched < 0 ? Rights.NONE : entries.allowed(matched, address) & side;
        if (below != null) {
            if (!below.allows(answer, needed, isCountedBelow)) {
                isCountedBelow = true;
                missAddress = answer;
                return Miss.STAGE_2;
            }
            rights &= below.entries.allowed(below.matched, answer);
        }
        if (matched >= 0) {
            recent.note(address, rights);
        }
        return Miss.NONE;
    }

    /** Whether the root TLB lets an access pass; counted, unless it has been. */
    private boolean allows(long address, int needed, boolean isCounted) {
        long answer = translate(address, needed, Mode.KERNEL);
        if (!isCounted) {
            counts.hits += answer < 0 ? 0 : 1;
            counts.misses += answer < 0 ? 1 : 0;
        }
        return answer >= 0;
    }

    private int mode(int needed) {
        return (needed & Rights.USER) != 0 ? Mode.USER : privilegedMode;
    }

    /**
     * Translates an address, and notes in {@link #matched} by which entry.
     *
     * @param needed what the access needs, as {@link Rights}: of the user's and the supervisor's, either do
     * @return the physical address, or what {@link #missOf} makes a miss
     */
    long translate(long address, int needed, int mode) {
        matched = -1;
        if (!isRoot) {
            Segment segment = model.segment(address);
            if (!segment.isLegal(mode, status)) {
                return ~Miss.ADDRESS_ERROR.ordinal();
            }
            if (segment.isUnmapped(mode, status)) {
                return segment.physical(address);
            }
        }
        int index = entries.find(address, tag);
        matched = index;
        if (index < 0) {
            return ~Miss.REFILL.ordinal();
        }
        if (!entries.isValid(index, address)) {
            return ~Miss.INVALID.ordinal();
        }
        int lacking = needed & ~entries.allowed(index, address);
        if (lacking == 0) {
            return entries.physical(index, address);
        }
        if ((lacking & ~Rights.WRITE) == 0) {
            return ~Miss.MODIFIED.ordinal();
        }
        return tellsInhibited ? ~Miss.PROTECTED.ordinal() : ~Miss.INVALID.ordinal();
    }

    /** What an answer of {@link #translate} below 0 means. */
    static Miss missOf(long answer) {
        return MISSES[(int) ~answer];
    }

    @Override
    public Miss lastMiss() {
        return lastMiss;
    }

    @Override
    public void retryMiss() {
        isRetry = true;
    }

    @Override
    public void cancelMiss(int needed) {
        counts.misses--;
    }

    // What software does.

    @Override
    public int entries() {
        return model.entries();
    }

    @Override
    public int deniable() {
        return entries.deniable();
    }

    @Override
    public boolean isUnmapped(long address, int needed) {
        int mode = mode(needed);
        return !isRoot && model.segment(address).isUnmapped(mode, status);
    }

    @Override
    public @Nullable SoftwareTlb stageTwo() {
        return below;
    }

    @Override
    public long missAddress() {
        return missAddress;
    }

    @Override
    public int wired() {
        return random.wired();
    }

    @Override
    public void wire(int count) {
        random.wire(count);
    }

    /** What the Random register reads as: where the next {@link #writeRandom} goes. */
    int random() {
        return random.current();
    }

    @Override
    public int tag() {
        return tag;
    }

    @Override
    public void selectTag(int newTag) {
        if ((newTag & ~TAG) != 0) {
            throw new IllegalArgumentException("%s: an ASID is 0 to %d, not %d".formatted(model.name(), TAG, newTag));
        }
        if (newTag != tag) {
            tag = newTag;
            forgetAll();
        }
    }

    /** Sets the Status register, whose bits decide which segments there are, and for whom. */
    void setStatus(long newStatus) {
        if (newStatus != status) {
            status = newStatus;
            int mode = Status.mode(newStatus);
            privilegedMode = mode == Mode.USER ? Mode.KERNEL : mode;
            forgetAll();
        }
    }

    @Override
    public void deprivilege() {
        if (!model.hasSupervisor()) {
            throw new UnsupportedOperationException(model.name() + " has no supervisor mode");
        }
        setStatus(status & ~Status.KSU | (long) Mode.SUPERVISOR << Status.KSU_SHIFT);
    }

    /** Sets whether a read or a fetch that a page forbids raises an exception of its own: PageGrain.IEC. */
    void tellInhibited(boolean isTold) {
        tellsInhibited = isTold;
    }

    @Override
    public int probe(long address, int ofTag) {
        return entries.find(address, ofTag);
    }

    @Override
    public void read(int index, Entry into) {
        entries.read(index, into);
    }

    @Override
    public void write(int index, Entry entry) {
        forget(index);
        entries.write(index, entry);
        // Where two entries match, the new one may answer now in the other's place.
        forget(index);
    }

    private void forget(int index) {
        if (entries.isPresent(index)) {
            if (above != null) {
                above.recent.forgetAll();
            }
            recent.forget(entries.address(index), 2L << entries.pageShift(index));
        }
    }

    private void forgetAll() {
        recent.forgetAll();
        if (above != null) {
            above.recent.forgetAll();
        }
    }

    @Override
    public int writeRandom(Entry entry) {
        int index = random.take();
        write(index, entry);
        return index;
    }

    /** Makes entries match nothing: those of the current tag that are not global; PRA, "TLBINV". */
    void invalidateTag() {
        for (int i = 0; i < model.entries(); i++) {
            if (entries.isPresent(i) && !entries.isGlobal(i) && entries.tag(i) == tag) {
                entries.clear(i);
            }
        }
        forgetAll();
    }

    /** Makes all entries match nothing; PRA, "TLBINVF". */
    @Override
    public void invalidateAll() {
        for (int i = 0; i < model.entries(); i++) {
            entries.clear(i);
        }
        forgetAll();
        if (below != null) {
            below.invalidateAll();
        }
    }

    // For others.

    @Override
    public boolean probe(long address, int needed, Walk answer) {
        long physical = translate(address, needed, mode(needed));
        if (physical < 0) {
            return false;
        }
        int by = matched;
        if (below != null && !below.probe(physical, needed, answer)) {
            return false;
        }
        int shift = by < 0 ? model.segment(address).offsetBits(model.physicalBits()) : entries.pageShift(by);
        int allowed = by < 0 ? Rights.SUPERVISOR : entries.allowed(by, address);
        answer.inputAddress = address;
        answer.outputAddress = below == null ? physical : answer.outputAddress;
        answer.fault = Fault.NONE;
        answer.pageShift = below == null ? shift : Math.min(shift, answer.pageShift);
        answer.allowed = below == null ? allowed : allowed & answer.allowed;
        answer.global = by < 0 || entries.isGlobal(by);
        return true;
    }

    @Override
    public long unmapped() {
        return unmapped;
    }

    @Override
    public List<Counts> counts() {
        return allCounts;
    }

    @Override
    public long wholeSizes() {
        return model.pageSizes();
    }
}
