package org.memvirt.mips;

import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.SoftwareTlb.Miss;

/**
 * A processor's TLB and segments written down from the manual's text and pseudocode, step by step, with nothing in common
 * with what is tested: trivially right, and slow.
 */
final class NaiveMips {
    /** An entry by its fields. */
    static final class Line {
        boolean hidden = true;
        int shift = 12;
        /** The whole address of the pair, region and all. */
        long address;

        int asid;
        boolean global;
        final long[] frame = new long[2];
        final boolean[] valid = new boolean[2];
        final boolean[] dirty = new boolean[2];
        final boolean[] readInhibit = new boolean[2];
        final boolean[] executeInhibit = new boolean[2];
        final int[] cache = new int[2];
    }

    final Line[] lines;
    final boolean is64;
    final int segmentBits;
    final int physicalBits;
    long status;
    int asid;
    boolean tellsInhibited;

    /** What the last access came to. */
    Miss miss = Miss.NONE;

    long physical;
    /** The matching entry, or -1. */
    int found;

    boolean passedBy;

    NaiveMips(boolean is64, int entries, int segmentBits, int physicalBits) {
        this.is64 = is64;
        this.segmentBits = segmentBits;
        this.physicalBits = physicalBits;
        lines = new Line[entries];
        for (int i = 0; i < entries; i++) {
            lines[i] = new Line();
        }
    }

    private boolean bit(int number) {
        return (status >>> number & 1) != 0;
    }

    /** 0 kernel, 1 supervisor, 2 user. */
    int statusMode() {
        if (bit(1) || bit(2)) {
            return 0;
        }
        int ksu = (int) (status >>> 3 & 3);
        return ksu == 3 ? 2 : ksu;
    }

    /** What of an address goes into the comparison with an entry: VPN2 and region. */
    private boolean samePair(Line line, long address) {
        for (int number = line.shift + 1; number < (is64 ? segmentBits : 32); number++) {
            if ((line.address >>> number & 1) != (address >>> number & 1)) {
                return false;
            }
        }
        return !is64 || line.address >>> 62 == address >>> 62;
    }

    int find(long address, int ofAsid) {
        for (int i = 0; i < lines.length; i++) {
            Line line = lines[i];
            if (!line.hidden && samePair(line, address) && (line.global || line.asid == ofAsid)) {
                return i;
            }
        }
        return -1;
    }

    /** Makes an access; {@code mode} as {@link #statusMode}, {@code needed} of either side. */
    void access(long address, int needed, int mode) {
        passedBy = false;
        found = -1;
        physical = -1;
        miss = Miss.ADDRESS_ERROR;
        if (is64) {
            access64(address, needed, mode);
        } else if (address >>> 32 == 0 || address >>> 31 == -1L >>> 31) {
            access32(address & 0xffff_ffffL, needed, mode);
        }
    }

    private void access32(long address, int needed, int mode) {
        if (address < 0x8000_0000L) {
            if (mode == 0 && bit(2)) {
                pass(address);
            } else {
                look(address, needed);
            }
        } else if (address < 0xc000_0000L) {
            if (mode == 0) {
                pass(address % 0x2000_0000L);
            }
        } else if (mode == 0 || mode == 1 && address < 0xe000_0000L) {
            look(address, needed);
        }
    }

    private void access64(long address, int needed, int mode) {
        if (address >= -0x8000_0000L && address <= 0x7fff_ffffL) {
            access32(address & 0xffff_ffffL, needed, mode);
            if (!passedBy && miss != Miss.ADDRESS_ERROR) {
                look(address, needed);
            }
            return;
        }
        long size = 1L << segmentBits;
        long offset = address & 0x3fff_ffff_ffff_ffffL;
        switch ((int) (address >>> 62)) {
            case 0 -> {
                if (offset < size && bit(5)) {
                    look(address, needed);
                }
            }
            case 1 -> {
                if (offset < size && bit(6) && mode <= 1) {
                    look(address, needed);
                }
            }
            case 2 -> {
                long at = address & 0x07ff_ffff_ffff_ffffL;
                if (at < 1L << physicalBits && bit(7) && mode == 0) {
                    pass(at);
                }
            }
            default -> {
                if (offset < size - 0x8000_0000L && bit(7) && mode == 0) {
                    look(address, needed);
                }
            }
        }
    }

    private void pass(long to) {
        passedBy = true;
        physical = to;
        miss = Miss.NONE;
    }

    private void look(long address, int needed) {
        found = find(address, asid);
        if (found < 0) {
            miss = Miss.REFILL;
            return;
        }
        Line line = lines[found];
        int half = (address >>> line.shift & 1) != 0 ? 1 : 0;
        boolean inhibited = line.readInhibit[half] && (needed & Rights.READ) != 0
                || line.executeInhibit[half] && (needed & Rights.EXECUTE) != 0;
        if (!line.valid[half] || inhibited && !tellsInhibited) {
            miss = Miss.INVALID;
        } else if (inhibited) {
            miss = Miss.PROTECTED;
        } else if (!line.dirty[half] && (needed & Rights.WRITE) != 0) {
            miss = Miss.MODIFIED;
        } else {
            miss = Miss.NONE;
            physical = line.frame[half] + Math.floorMod(address, 1L << line.shift);
        }
    }

    /** Which vector, when the last access raised an exception. */
    int vector(long address) {
        if (miss != Miss.REFILL || bit(1)) {
            return 0x180;
        }
        if (!is64) {
            return 0;
        }
        boolean wide = switch ((int) (address >>> 62)) {
            case 0 -> bit(5);
            case 1 -> bit(6);
            default ->
                    address >= -0x4000_0000L && address < -0x2000_0000L ? bit(6) : bit(7);
        };
        return wide ? 0x80 : 0;
    }
}
