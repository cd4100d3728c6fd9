package org.memvirt.engine.cpu;

import java.util.Objects;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.invalidation.InvalidationEvent;
import org.memvirt.api.tlb.Tlb;
import org.memvirt.api.vmm.VirtualCpu;
import org.memvirt.api.vmm.VirtualCpu.Resolution;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Stage;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkObserver;
import org.memvirt.engine.count.Count;

/** Takes the accesses of one vCPU from the TLB to the refill to the fault, to the strategy and to the guest's kernel. */
final class Execution {
    /** How often one access may fault in a row before the machine is held to be stuck: far beyond any nesting. */
    static final int MOST_FAULTS = 256;

    private final Vcpu vcpu;
    private final VcpuCaching caching;
    private final Counters counters;
    private final Walk walk;
    private final VirtualCpu strategy;
    private GuestFaultHandler handler = (fault, address, needed) -> false;
    private Tlb tlb;
    private Refill refill;

    private boolean emulatedLast;
    private boolean storesWord;
    private long storedWord;

    Execution(Vcpu vcpu, VcpuCaching caching, Counters counters, Walk walk, VirtualCpu strategy, Tlb tlb,
            Refill refill) {
        this.vcpu = vcpu;
        this.caching = caching;
        this.counters = counters;
        this.walk = walk;
        this.strategy = strategy;
        this.tlb = tlb;
        this.refill = refill;
    }

    void handleFaultsWith(GuestFaultHandler newHandler) {
        handler = newHandler;
    }

    /** The vCPU runs on another core. */
    void moveTo(Tlb newTlb, Refill newRefill) {
        tlb = newTlb;
        refill = newRefill;
    }

    Refill refill() {
        return refill;
    }

    /**
     * Carries the batch's accesses out, beginning with {@code from}.
     *
     * @param stores whether they are one that stores a word, {@code value}
     * @return the index of the first access that the guest program may not make, or that its software has abandoned; or the
     *     batch's length
     */
    int execute(AccessBatch batch, int from, boolean stores, long value) {
        int length = batch.length;
        int at = from;
        int faults = 0;
        boolean emulated = false;
        if (!caching.isOnCore()) {
            throw new IllegalStateException("an access is made by a vCPU that is on no core");
        }
        refill.begin(from);
        while (true) {
            int missed = tlb.advance(batch, at, length);
            if (missed != at) {
                counters.addAccesses(missed - at);
                faults = 0;
                emulated = false;
                at = missed;
            }
            if (missed == length) {
                // Only now: accesses that a fault's handler makes come in between.
                emulatedLast = emulated;
                return length;
            }
            int next = refill.answer(batch, at);
            if (next == at) {
                checkProgress(++faults, batch.addresses[at]);
                continue;
            }
            if (next == Refill.ABANDONED) {
                refill.giveUp(batch.kinds[at]);
                emulatedLast = false;
                return at;
            }
            if (next != Refill.FAULTED) {
                counters.addAccesses(next - at);
                faults = 0;
                emulated = false;
                at = next;
                continue;
            }
            long address = batch.addresses[at];
            int needed = batch.kinds[at];
            refill.faulted(needed);
            checkProgress(++faults, address);
            storesWord = stores;
            storedWord = value;
            Resolution resolution = settle(walk);
            storesWord = false;
            switch (resolution) {
                case RETRY, HIDDEN -> refill.again();
                case EMULATED -> {
                    refill.giveUp(needed);
                    counters.addEmulated();
                    emulated = true;
                    at++;
                }
                case GUEST, INJECT -> {
                    if (!deliver(walk.fault, address, needed)) {
                        refill.giveUp(needed);
                        emulatedLast = false;
                        return at;
                    }
                    refill.again();
                }
            }
        }
    }

    private void checkProgress(int faults, long address) {
        if (faults > MOST_FAULTS) {
            throw new IllegalStateException(
                    "no progress: access to %#x faults again and again: %s".formatted(address, walk));
        }
    }

    private boolean deliver(Fault fault, long address, int needed) {
        WalkObserver observer = walk.trail.observer();
        if (observer != null) {
            observer.guestFault(fault);
        }
        vcpu.enterKernel();
        try {
            boolean again = handler.onFault(fault, address, needed);
            if (again) {
                refill.mapped(address, needed);
            }
            return again;
        } finally {
            vcpu.leaveKernel();
        }
    }

    /** Has the strategy deal with a fault of this vCPU, and counts it. */
    Resolution settle(Walk failed) {
        boolean ofHost = failed.faultStage == Stage.STAGE_2 || failed.fault == Fault.OUT_OF_BOUNDS;
        forgetWhatLedTo(failed);
        vcpu.beforeExit();
        Resolution resolution = strategy.onFault(failed);
        if (ofHost) {
            counters.counts.add(Count.STAGE_TWO_FAULTS);
        } else if (resolution == Resolution.HIDDEN) {
            counters.counts.add(Count.HIDDEN_FAULTS);
        } else if (resolution == Resolution.GUEST || resolution == Resolution.INJECT) {
            counters.counts.add(Count.GUEST_FAULTS);
            counters.counts.addIf(Count.INJECTED_FAULTS, resolution == Resolution.INJECT);
        }
        vcpu.refresh();
        return resolution;
    }

    /** What a fault itself removes, so that it is not met again for the sake of something stale. */
    private void forgetWhatLedTo(Walk failed) {
        if (failed.faultStage == Stage.STAGE_2) {
            // A misconfigured entry, which is never cached, removes nothing.
            if (failed.fault != Fault.MISCONFIGURED) {
                boolean ofAccess = failed == walk && !failed.faultOnTable;
                Operand operand =
                        new Operand(caching.tags(), failed.inputAddress, ofAccess ? 1 : 0, failed.faultAddress, 1);
                caching.happens(InvalidationEvent.STAGE_2_FAULT, operand);
            }
        } else if (failed.fault != Fault.ADDRESS_SIZE && failed.fault != Fault.OUT_OF_BOUNDS) {
            caching.happens(InvalidationEvent.FAULT, Operand.of(caching.tags(), failed.inputAddress, 1));
        }
    }

    /** Has the VMM fill the second stage's TLB, where software does. */
    void fillStageTwo(long gpa, int needed) {
        vcpu.beforeExit();
        counters.counts.addIf(
                Count.STAGE_TWO_FAULTS, Objects.requireNonNull(strategy.guestTlb()).fillStageTwo(gpa, needed));
        vcpu.refresh();
    }

    /** Whether the VMM made the last access of the last batch in the guest's place. */
    boolean emulatedLast() {
        return emulatedLast;
    }

    /** Whether the access that faults now stores a word, and which. */
    boolean storesWord() {
        return storesWord;
    }

    long storedWord() {
        return storedWord;
    }
}
