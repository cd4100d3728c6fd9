package org.memvirt.engine.cpu;

import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.tlb.BatchTlb;
import org.memvirt.api.tlb.Tlb;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.memory.HostPort;
import org.memvirt.engine.memory.PhysicalMemory;

/**
 * Guesses where the leaf entries lie that coming walks will read, and loads them early: the simulator's own memory latency,
 * which bounds it where nearly every access walks, is then paid for many at once. It reads simulated memory without being
 * counted and changes nothing; a wrong guess costs time alone. It guesses from the walks of neighbouring pages, as if
 * tables held 512 entries of 8 bytes with the address in bits 12 to 51.
 */
final class LeafPrefetcher {
    private static final int REGIONS = 1 << 13;
    private static final int GROUP = 64;
    private static final long FRAME = 0x000f_ffff_ffff_f000L;

    /** Walks in a group from which on it pays to guess. */
    private static final int WORTHWHILE = GROUP / 6;

    // The TLB, where it knows what will miss; else null.
    private final @Nullable BatchTlb tlb;
    private final PhysicalMemory memory;
    private final HostPort port;
    // By hash of a region of 2 MiB: the region, and where its last-level table lies.
    private final long[] region = new long[REGIONS];
    private final long[] table = new long[REGIONS];
    // The same for guest-physical addresses and stage 2.
    private final long[] guestRegion = new long[REGIONS];
    private final long[] stageTwoTable = new long[REGIONS];
    private final long[] guesses = new long[GROUP];
    private final long[] entries = new long[GROUP];
    private final long[] coming = new long[GROUP];
    // How many walks the TLB had foreseen, and were fetched for, are still to come.
    private int foreseen;
    private int due;
    private int walks;
    private boolean isNested;

    LeafPrefetcher(Tlb tlb, PhysicalMemory memory, HostPort port) {
        this.tlb = tlb instanceof BatchTlb batching ? batching : null;
        this.memory = memory;
        this.port = port;
    }

    /** A batch begins, or goes on, at this index. */
    void begin(int at) {
        foreseen = 0;
        due = at + GROUP;
        walks = 0;
    }

    /** Before the walk for access {@code at} of the batch: prepares for it and those that follow, if that pays. */
    void prepare(AccessBatch batch, int at) {
        if (foreseen > 0) {
            foreseen--;
            return;
        }
        int known = tlb != null ? tlb.pendingMisses(coming) : 0;
        if (known > 0) {
            foreseen = known - 1;
            if (known >= WORTHWHILE) {
                fetch(known);
            }
        } else if (areDue(at)) {
            int count = Math.min(GROUP, batch.length - at);
            System.arraycopy(batch.addresses, at, coming, 0, count);
            fetch(count);
        }
    }

    /** Counts a walk; whether walks are so dense that those of the next accesses are worth a guess. */
    private boolean areDue(int at) {
        walks++;
        if (at < due) {
            return false;
        }
        boolean worthwhile = walks >= WORTHWHILE && at - due < GROUP;
        due = at + GROUP;
        walks = 0;
        return worthwhile;
    }

    /** Remembers where the walk found its leaf. */
    void learn(Walk walk) {
        if (walk.stage1Shift != 12) {
            return;
        }
        long address = walk.inputAddress;
        int at = slot(address);
        region[at] = address >>> 21;
        table[at] = walk.hostAddress - offset(address);
        if (walk.stage2Shift == 12) {
            isNested = true;
            long guestPhysical = memory.load(walk.hostAddress) & FRAME;
            int guestAt = slot(guestPhysical);
            guestRegion[guestAt] = guestPhysical >>> 21;
            stageTwoTable[guestAt] = port.lastRead() - offset(guestPhysical);
        }
    }

    /** Loads what the walks for the coming addresses will probably read. */
    private void fetch(int count) {
        for (int i = 0; i < count; i++) {
            long address = coming[i];
            int at = slot(address);
            guesses[i] = region[at] == address >>> 21 ? table[at] + offset(address) : 0;
        }
        load(count);
        if (isNested) {
            for (int i = 0; i < count; i++) {
                long guestPhysical = entries[i] & FRAME;
                int at = slot(guestPhysical);
                guesses[i] =
                        guestRegion[at] == guestPhysical >>> 21 ? stageTwoTable[at] + offset(guestPhysical) : 0;
            }
            load(count);
        }
    }

    /** A loop of hardly more than loads, so that many of them are under way at once. */
    private void load(int count) {
        for (int i = 0; i < count; i++) {
            entries[i] = memory.load(guesses[i]);
        }
    }

    private static int slot(long address) {
        return (int) (address >>> 21) & REGIONS - 1;
    }

    private static long offset(long address) {
        return (address >>> 12 & 511) << 3;
    }
}
