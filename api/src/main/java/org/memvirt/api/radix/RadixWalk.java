package org.memvirt.api.radix;

import org.memvirt.api.access.Rights;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;

/** {@link RadixFormat#walk}: one walk of a radix table, from its top or from where a walk cache has it go on. */
final class RadixWalk {
    private final RadixFormat format;
    private final boolean descending;
    private final int top;
    private final int entryShift;

    RadixWalk(RadixFormat format, RadixFormat.AccessedUpdate accessedUpdate) {
        this.format = format;
        descending = accessedUpdate == RadixFormat.AccessedUpdate.DESCENDING;
        top = format.levels();
        entryShift = format.geometry().entryBytes() == 8 ? 3 : 2;
    }

    void walk(Walk walk, WalkPort port) {
        long input = walk.inputAddress;
        int level = walk.resumeLevel;
        long table = walk.resumeTable;
        long tableHost = walk.resumeHostAddress;
        long attributes = walk.resumeAttributes;
        if (level == 0) {
            level = top;
            table = format.rootTable(walk.root);
            tableHost = Walk.NOWHERE;
            attributes = -1;
            input = format.untagged(input, walk.access);
            walk.tagBits ^= input ^ walk.inputAddress;
            walk.inputAddress = input;
            if (!format.inRange(input)) {
                walk.fail(Fault.ADDRESS_SIZE, level, format.faultDetail(attributes, 0));
                return;
            }
        }
        int owed = 0;
        long address;
        long word;
        long entry;
        while (true) {
            long offset = format.offset(input, level);
            address = table + offset;
            int costBefore = walk.trail.uncached();
            if (tableHost == Walk.NOWHERE) {
                word = port.readEntry(walk, level, address);
            } else {
                walk.hostAddress = tableHost + offset;
                word = port.readEntryAt(walk, level, walk.hostAddress);
                tableHost = Walk.NOWHERE;
            }
            if (walk.recordsTables && walk.fault == Fault.NONE) {
                walk.visitTable(level, table, format.tableBytes(level), offset, attributes, costBefore);
            }
            entry = format.entryIn(word, address);
            if (!format.isPresent(entry)) {
                fail(walk, Fault.NOT_PRESENT, level, format.faultDetail(attributes, entry), owed);
                return;
            }
            if (format.isMalformed(entry, level)) {
                fail(walk, format.malformedFault(entry, level), level, format.faultDetail(attributes, entry), owed);
                return;
            }
            attributes = format.combine(attributes, entry, level);
            if (format.isLeaf(entry, level)) {
                break;
            }
            long due = format.due(entry, level, false);
            if (due != 0) {
                if (!descending) {
                    walk.deferUpdate(level, address, word);
                    owed |= 1 << level;
                } else if (!update(walk, port, level, address, walk.hostAddress, word, due)) {
                    beginAgain(walk, port);
                    return;
                }
            }
            table = format.nextTable(entry, level);
            level--;
        }
        if (format.lacking(entry, level) != 0) {
            fail(walk, Fault.ACCESS_FLAG, level, format.faultDetail(attributes, entry), owed);
            return;
        }
        int allowed = format.usable(format.allowed(attributes, entry), entry);
        int access = walk.access;
        if ((access & ~allowed) != 0) {
            fail(
                    walk,
                    format.deniedFault(walk, allowed, attributes, entry),
                    level,
                    format.faultDetail(attributes, entry),
                    owed);
            return;
        }
        long leafLocated = walk.hostAddress;
        if (owed != 0) {
            walk.deferUpdate(level, address, word);
            if (!settle(walk, port, owed, level)) {
                beginAgain(walk, port);
                return;
            }
            word = walk.pendingWord[level];
            entry = format.entryIn(word, address);
        }
        long due = format.due(entry, level, (access & Rights.WRITE) != 0);
        if (due != 0) {
            if (!update(walk, port, level, address, leafLocated, word, due)) {
                beginAgain(walk, port);
                return;
            }
            entry ^= due;
        }
        int pageShift = format.pageShift(entry, level);
        walk.outputAddress = format.frame(entry, level) | input & (1L << format.shift(level)) - 1;
        walk.pageShift = pageShift;
        walk.stage1Shift = pageShift;
        walk.allowed = format.cacheable(allowed, entry);
        walk.global = format.isGlobal(entry);
        walk.faultDetail = attributes;
        port.resolveLeaf(walk);
    }

    /**
     * Sets the accessed bits that the walk owes, from the top. One word may hold several of the entries, where a table
     * is entered through itself: then the later ones see what the earlier ones wrote.
     */
    private boolean settle(Walk walk, WalkPort port, int owed, int leafLevel) {
        for (int level = top; level > leafLevel; level--) {
            long word = walk.pendingWord[level];
            long address = walk.pendingAddress[level];
            long due = format.due(format.entryIn(word, address), level, false);
            if ((owed >>> level & 1) == 0 || due == 0) {
                continue;
            }
            long tableHost = walk.pendingHostAddress[level];
            if (!update(walk, port, level, address, tableHost, word, due)) {
                forgetBelow(walk, level);
                return false;
            }
            for (int below = level - 1; below >= leafLevel; below--) {
                if (((walk.pendingHostAddress[below] ^ tableHost) & -Long.BYTES) == 0) {
                    walk.pendingWord[below] |= inWord(address, due);
                }
            }
        }
        return true;
    }

    /** Ends a walk that still owes accessed bits: what it learnt through those entries must not be kept. */
    private static void fail(Walk walk, Fault why, int level, long detail, int owed) {
        if (owed != 0) {
            forgetBelow(walk, Integer.SIZE - 1 - Integer.numberOfLeadingZeros(owed));
        }
        walk.fail(why, level, detail);
    }

    /**
     * The tables below an entry of {@code level} were reached through an accessed bit that is clear, and no walk cache may
     * hold them: SDM vol. 3, "Caches for Paging Structures".
     */
    private static void forgetBelow(Walk walk, int level) {
        walk.lowestVisited = Math.max(walk.lowestVisited, level);
    }

    /**
     * After an update that failed: the walk is over if there is a fault, else somebody has changed the entry meanwhile.
     */
    private void beginAgain(Walk walk, WalkPort port) {
        if (walk.succeeded()) {
            walk(walk, port);
        }
    }

    /** Changes these bits of an entry. */
    private boolean update(Walk walk, WalkPort port, int level, long address, long hostAddress, long word, long bits) {
        return port.updateEntry(walk, level, address, hostAddress, word, word ^ inWord(address, bits));
    }

    /** The bits of the entry at {@code address} as bits of the word that contains it. */
    private long inWord(long address, long bits) {
        return entryShift == 3 ? bits : bits << ((address & 4) << 3);
    }
}
