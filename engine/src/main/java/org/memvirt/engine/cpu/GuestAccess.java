package org.memvirt.engine.cpu;

import java.util.ArrayList;
import java.util.List;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.Unpaged;
import org.memvirt.api.vmm.VirtualCpu.Resolution;
import org.memvirt.api.vmm.VirtualMachine;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.memory.PhysicalMemory;

/**
 * The loads and stores that software of a guest makes one at a time, through its vCPU: the values that it reads and writes
 * lie in the machine's memory, and a store to what the VMM protects traps before it is made.
 *
 * <p>A kernel whose work is free names guest-physical addresses, and nothing but the traps is counted; any other names
 * addresses as a program does, and its accesses pass the TLB.
 */
public final class GuestAccess {
    /** What is contiguous in host memory whatever backs the guest. */
    static final long FRAME = 4096;

    private final Vcpu vcpu;
    private final PhysicalMemory memory;
    private final VirtualMachine machine;
    private final Unpaged unpaged;
    private final Walk walk = Walk.outer();
    private final Walk answer = Walk.outer();
    // By how many accesses are under way: a fault of one has the kernel make others.
    private final List<AccessBatch> batches = new ArrayList<>();
    private int underWay;

    GuestAccess(Vcpu vcpu, PhysicalMemory memory, VirtualMachine machine, int physicalBits) {
        this.vcpu = vcpu;
        this.memory = memory;
        this.machine = machine;
        unpaged = new Unpaged(physicalBits);
    }

    // At guest-physical addresses.

    /** Whether stores to the frame at {@code gpa} trap: they must be made word by word, so that the VMM sees each. */
    public boolean traps(long gpa) {
        return machine.trapsStore(gpa);
    }

    /** The word behind a guest-physical address. */
    public long load(long gpa) {
        return memory.load(locate(gpa, Rights.SUPERVISOR_READ));
    }

    /** Stores a word behind a guest-physical address. */
    public void store(long gpa, long value) {
        if (!machine.trapsStore(gpa) || !vcpu.trapStore(gpa, value)) {
            memory.store(locate(gpa, Rights.SUPERVISOR_WRITE), value);
        }
    }

    /** Clears whole frames behind guest-physical addresses. */
    public void zero(long gpa, long bytes) {
        long piece = Math.min(bytes, FRAME);
        for (long at = gpa; at < gpa + bytes; at += piece) {
            if (machine.trapsStore(at)) {
                for (long word = at; word < at + piece; word += Long.BYTES) {
                    store(word, 0);
                }
            } else {
                memory.zero(locate(at, Rights.SUPERVISOR_WRITE), piece);
            }
        }
    }

    /** Copies whole frames behind guest-physical addresses. */
    public void copy(long from, long to, long bytes) {
        long piece = Math.min(bytes, FRAME);
        for (long at = 0; at < bytes; at += piece) {
            if (machine.trapsStore(to + at)) {
                for (long word = at; word < at + piece; word += Long.BYTES) {
                    store(to + word, load(from + word));
                }
            } else {
                long source = locate(from + at, Rights.SUPERVISOR_READ);
                memory.copy(source, locate(to + at, Rights.SUPERVISOR_WRITE), piece);
            }
        }
    }

    /** Where in host memory a guest-physical address lies. */
    long locate(long gpa, int needed) {
        for (int faults = 0; faults < Execution.MOST_FAULTS; faults++) {
            walk.start(0, gpa, needed);
            unpaged.walk(walk, vcpu.guestPort());
            if (walk.succeeded()) {
                return walk.outputAddress;
            }
            if (vcpu.settle(walk) != Resolution.RETRY) {
                throw new IllegalStateException("the guest kernel may not touch its own memory: " + walk);
            }
        }
        throw new IllegalStateException("no progress: " + walk);
    }

    // Through the TLB.

    /** Loads a word as supervisor; {@code address} is virtual, or physical while paging is off. */
    public long loadVirtual(long address) {
        return memory.load(touch(address, Rights.SUPERVISOR_READ));
    }

    /** Stores a word as supervisor. */
    public void storeVirtual(long address, long value) {
        AccessBatch one = begin(address, Rights.SUPERVISOR_WRITE);
        boolean done;
        try {
            done = vcpu.executeStore(one, value) == 1;
        } finally {
            underWay--;
        }
        if (!done) {
            throw refused(address);
        }
        if (!vcpu.emulatedLast()) {
            memory.store(found(address, Rights.SUPERVISOR_WRITE), value);
        }
    }

    /** Where in host memory an access goes that the kernel may make. */
    long touch(long address, int needed) {
        long hostAddress = reach(address, needed);
        if (hostAddress == Walk.NOWHERE) {
            throw refused(address);
        }
        return hostAddress;
    }

    private IllegalStateException refused(long address) {
        return new IllegalStateException(
                "the guest kernel may not touch its own %#x: %s".formatted(address, vcpu.lastWalk()));
    }

    /**
     * Makes one access of whoever works now.
     *
     * @return where in host memory it went; {@link Walk#NOWHERE} if the guest may not make it, or the VMM made it in the
     *     guest's place
     */
    public long reach(long address, int needed) {
        AccessBatch one = begin(address, needed);
        boolean done;
        try {
            done = vcpu.execute(one, 0) == 1 && !vcpu.emulatedLast();
        } finally {
            underWay--;
        }
        return done ? found(address, needed) : Walk.NOWHERE;
    }

    private AccessBatch begin(long address, int needed) {
        if (underWay == batches.size()) {
            batches.add(new AccessBatch(1));
        }
        AccessBatch one = batches.get(underWay++);
        one.clear();
        one.add(address, needed);
        return one;
    }

    /**
     * Where in host memory the access goes that was made last and not by the VMM; uncounted.
     *
     * @return {@link Walk#NOWHERE} when the page has moved since, as by a daemon of the guest's kernel
     */
    public long reached(long address, int needed) {
        return vcpu.probe(address, needed, answer) ? located(address, needed) : Walk.NOWHERE;
    }

    /** Where the access that has just been made went. */
    private long found(long address, int needed) {
        if (!vcpu.probe(address, needed, answer)) {
            throw new IllegalStateException("the TLB lost %#x at once".formatted(address));
        }
        return located(address, needed);
    }

    private long located(long address, int needed) {
        return vcpu.core().isUntranslated(address, needed) ? locate(answer.outputAddress, needed)
                : answer.outputAddress;
    }
}
