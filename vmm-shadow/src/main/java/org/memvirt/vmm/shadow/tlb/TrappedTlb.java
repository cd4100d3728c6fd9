package org.memvirt.vmm.shadow.tlb;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.AddressLayout;
import org.memvirt.api.option.Sizes;
import org.memvirt.api.tlb.SoftwareTlb.Entry;
import org.memvirt.api.tlb.SoftwareTlb.Half;
import org.memvirt.api.tlb.SoftwareTlb.Miss;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.api.vmm.GuestBacking;
import org.memvirt.api.vmm.GuestTlb;
import org.memvirt.api.vmm.MappedVisitor;
import org.memvirt.api.vmm.VcpuServices;

/**
 * The TLB of a guest whose kernel runs deprivileged: each TLB instruction traps, and so does each exception. The VMM keeps what
 * the guest has written and answers the guest's questions from that; hardware has what {@link RealTlb} makes of it, and what it
 * lacks of it is filled in without the guest's knowledge.
 *
 * <p>What a random write replaced may go on to answer misses, from the {@link LargerTlb}, as long as the guest cannot know that
 * it is gone. The guest learns that by asking: it probes for an address, and that address goes; it reads entries, or writes one
 * at a place of its choice where no probe has just found one, and all goes, because it may be about to invalidate everything.
 *
 * <p>The segment that hardware does not translate for a kernel is out of a deprivileged kernel's reach. The guest is linked to
 * another one, and the VMM fills in what lies there as if it were not translated.
 *
 * <p>Moves to and from the registers that go with the TLB are taken not to trap: the VMM lets the guest have them in memory, as
 * KVM did on MIPS (arch/mips/kvm/dyntrans.c until Linux 5.12). The address-space tag is the exception.
 */
final class TrappedTlb extends GuestTlb {
    private static final Supplier<String> WIRES = () -> "the guest sets how many entries are wired";
    private static final Supplier<String> SELECTS =
            () -> "the guest selects an address-space tag; hardware gets one of the host's";
    private static final Supplier<String> PROBES = () -> "the guest probes its TLB, which the VMM keeps";
    private static final Supplier<String> READS = () -> "the guest reads an entry of its TLB";
    private static final Supplier<String> WRITES = () -> "the guest writes an entry of its TLB, which the VMM keeps";
    private static final Supplier<String> WRITES_RANDOM =
            () -> "the guest writes an entry of its TLB at random, at a place that the VMM chooses";
    private static final Supplier<String> DELIVERED = () -> "the exception is the guest's own, and is delivered to it";
    private static final Supplier<String> RETURNED = () -> "the guest's handler returns";

    private final RealTlb real;
    final GuestEntries entries;
    private final LargerTlb larger;
    private final TlbCounts counts;
    private final GuestBacking backing;
    private final KernelSegment segment;
    private final boolean pairs;
    private final SplittableRandom random;
    private final Entry told = new Entry();
    private final Supplier<String> tells = this::toldText;
    private String toldWords = "";
    private long toldAddress;

    private int wired;
    private int tag;
    private int probed = -1;
    /** What was asked for by the exception that the guest handles. */
    private long lastAddress;

    private int lastNeeded;
    /** Whether an exception has brought the guest to where it is, and not an instruction of its program. */
    private boolean handles;

    private boolean hasTrapped;

    /** @param seed of what random writes choose */
    TrappedTlb(
            VcpuServices services, GuestBacking backing, AddressLayout layout, int largerSize, TlbCounts counts,
            long seed) {
        super(services);
        this.backing = backing;
        this.counts = counts;
        real = new RealTlb(services, backing, counts);
        pairs = real.pairs();
        entries = new GuestEntries(real.entries(), pairs);
        larger = new LargerTlb(largerSize, pairs);
        random = new SplittableRandom(seed);
        segment = new KernelSegment(layout, real.sizes(), pairs);
    }

    @Override
    public boolean inHardware() {
        return false;
    }

    @Override
    public void forget() {
        entries.clear();
        larger.clear();
        real.removeAll();
        probed = -1;
    }

    // Cores.

    void enterCore(int core) {
        real.enter(core, tag);
    }

    // The guest's instructions.

    private void trap(Supplier<String> instruction) {
        services.exit(ExitCause.TLB_INSTRUCTION);
        services.tell(instruction);
    }

    @Override
    public int entries() {
        return entries.count();
    }

    @Override
    public int wired() {
        return wired;
    }

    @Override
    public void wire(int count) {
        if (count < 0 || count >= entries.count()) {
            throw new IllegalArgumentException(
                    "0 to %d entries can be wired, not %d".formatted(entries.count() - 1, count));
        }
        trap(WIRES);
        wired = count;
    }

    @Override
    public int tag() {
        return tag;
    }

    @Override
    public void selectTag(int newTag) {
        trap(SELECTS);
        tag = newTag;
        real.select(newTag);
    }

    @Override
    public int probe(long address, int ofTag) {
        trap(PROBES);
        probed = entries.find(address, ofTag);
        if (probed < 0) {
            // Now the guest knows that it has none.
            forgetLarger(address, ofTag);
        }
        return probed;
    }

    @Override
    public void read(int index, Entry into) {
        trap(READS);
        emptyLarger();
        into.set(entries.at(index));
    }

    @Override
    public void write(int index, Entry entry) {
        trap(WRITES);
        Entry old = entries.at(index);
        if (old.present) {
            removeFromHardware(old);
        }
        if (index != probed) {
            emptyLarger();
        }
        put(index, entry);
    }

    @Override
    public int writeRandom(Entry entry) {
        trap(WRITES_RANDOM);
        int free = entries.count() - wired;
        int index = wired + random.nextInt(free);
        Entry old = entries.at(index);
        if (old.present) {
            // With one place to choose from, the guest knows what goes.
            if (free == 1 || !larger.put(old)) {
                removeFromHardware(old);
            } else if (larger.displaced().present) {
                removeFromHardware(larger.displaced());
            }
        }
        put(index, entry);
        return index;
    }

    private void put(int index, Entry entry) {
        probed = -1;
        entries.at(index).set(entry);
        if (!entry.present) {
            return;
        }
        larger.removeOverlapping(entry.address, GuestEntries.bytes(entry, pairs), entry.tag, entry.global);
        removeFromHardware(entry);
        fillAtOnce(entries.at(index));
    }

    private void removeFromHardware(Entry entry) {
        real.remove(entry.address, GuestEntries.bytes(entry, pairs), entry.tag, entry.global);
    }

    private void forgetLarger(long address, int ofTag) {
        if (larger.count() != 0) {
            larger.removeOverlapping(address, 1, ofTag, false);
            real.remove(address, 1, ofTag, false);
        }
    }

    private void emptyLarger() {
        if (larger.count() != 0) {
            counts.largerEmptied++;
            larger.clear();
            real.removeAll();
        }
    }

    /** Writes the page that the guest's handler was called for, if it can be used now: the guest will go there next. */
    private void fillAtOnce(Entry entry) {
        if (!segment.contains(lastAddress)
                && entries.matching(lastAddress, tag) == entry
                && entry.half(lastAddress, pairs).valid) {
            boolean allowed = Rights.permit(entry.half(lastAddress, pairs).allowed, lastNeeded);
            real.fill(lastAddress, entry, allowed ? lastNeeded : Rights.NONE);
            tell("the VMM writes it into hardware's TLB", lastAddress);
        }
    }

    // Exceptions.

    @Override
    public Miss exception(Miss miss, long address, int needed) {
        if ((needed & Rights.USER) == 0 && segment.contains(address)) {
            fillSegment(address, needed);
            return Miss.NONE;
        }
        lastAddress = address;
        lastNeeded = needed;
        if (miss == Miss.ADDRESS_ERROR) {
            return deliver(miss);
        }
        Entry entry = entries.matching(address, tag);
        if (entry == null) {
            return fillFromLarger(address, needed) ? Miss.NONE : deliver(Miss.REFILL);
        }
        Half half = entry.half(address, pairs);
        int lacking = needed & ~half.allowed;
        if (!half.valid) {
            return deliver(Miss.INVALID);
        }
        if (lacking != 0) {
            if ((lacking & ~Rights.WRITE) == 0) {
                return deliver(Miss.MODIFIED);
            }
            // What hardware calls that, it says itself.
            if (real.has(address)) {
                return deliver(miss);
            }
        }
        services.exit(ExitCause.HIDDEN_REFILL);
        counts.fromGuestTlb++;
        int allowed = needed & half.allowed;
        real.fill(address, entry, allowed == 0 ? Rights.SUPERVISOR_READ : allowed);
        tell("the guest's TLB has the page: the VMM writes it into hardware's again", address);
        return Miss.NONE;
    }

    private Miss deliver(Miss miss) {
        services.exit(ExitCause.PAGE_FAULT);
        services.tell(DELIVERED);
        counts.delivered++;
        handles = true;
        return miss;
    }

    private boolean fillFromLarger(long address, int needed) {
        Entry entry = larger.matching(address, tag);
        if (entry == null) {
            return false;
        }
        Half half = entry.half(address, pairs);
        if (!half.valid || !Rights.permit(half.allowed, needed)) {
            // The guest is to hear that it has no entry, and not that it has one which does not do.
            forgetLarger(address, tag);
            return false;
        }
        services.exit(ExitCause.HIDDEN_REFILL);
        counts.fromLargerTlb++;
        real.fill(address, entry, needed);
        tell("the larger TLB has the page: the guest hears nothing", address);
        return true;
    }

    private void fillSegment(long address, int needed) {
        services.exit(ExitCause.HIDDEN_REFILL);
        counts.ofKernelSegment++;
        real.fill(address, segment.entry(address), needed);
        tell("the VMM maps the kernel's segment", address);
    }

    private void tell(String words, long address) {
        toldWords = words;
        toldAddress = address;
        services.tell(tells);
    }

    private String toldText() {
        int index = hardware().probe(toldAddress, hardware().tag());
        if (index < 0) {
            return toldWords + ": nothing, since the host has no memory there yet";
        }
        hardware().read(index, told);
        Half half = told.half(toldAddress, pairs);
        return "%s: %s of %#x, tag %d, at hPA %#x, allowing %s".formatted(toldWords, Sizes.ofPage(told.pageShift),
                toldAddress & -1L << told.pageShift, told.tag, half.output, Rights.text(half.allowed));
    }

    // Going in and out of the guest's kernel.

    @Override
    public void returns() {
        handles = false;
        services.exit(ExitCause.MODE_SWITCH);
        services.tell(RETURNED);
    }

    /** The guest's handler could not help, and calls its kernel. */
    void callsKernel() {
        handles = false;
        hasTrapped = true;
    }

    void modeSwitch(boolean toKernel) {
        if (handles) {
            return;
        }
        if (toKernel && hasTrapped) {
            hasTrapped = false;
            return;
        }
        services.exit(ExitCause.MODE_SWITCH);
    }

    // For the VM.

    /** What lies behind a range of the guest's memory changes. */
    void hostChanges(long gpa, long bytes) {
        real.removeLeadingTo(gpa, bytes);
    }

    /** {@link org.memvirt.api.vmm.VirtualMachine#forEachMapped}. */
    void forEachMapped(long gpa, long bytes, MappedVisitor visitor) {
        real.forEachLeadingTo(gpa, bytes, visitor);
    }

    List<String> audit() {
        return real.audit(this::explains);
    }

    private boolean explains(long address, int guestTag, long gpa) {
        if (segment.contains(address)) {
            return segment.guestPhysical(address) == gpa;
        }
        return leads(entries.matching(address, guestTag), address, gpa)
                || leads(larger.matching(address, guestTag), address, gpa);
    }

    private boolean leads(@Nullable Entry entry, long address, long gpa) {
        if (entry == null) {
            return false;
        }
        Half half = entry.half(address, pairs);
        return half.valid && half.output + (address & (1L << entry.pageShift) - 1) == gpa;
    }
}
