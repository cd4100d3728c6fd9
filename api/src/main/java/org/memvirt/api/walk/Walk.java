package org.memvirt.api.walk;

import org.memvirt.api.access.Rights;

/**
 * One pass over a page table: the question, the answer, and what caches need to know of the way. One object a vCPU and
 * stage, reused for every walk; the fields are public because they are the registers of the walker. Addresses are byte
 * addresses; levels count down to 1, the last; 0 means none.
 *
 * <p>What a {@link org.memvirt.api.table.PageTableFormat#walk} owes:
 * <ul>
 * <li>It reads entries through the port alone, and ends at once when a read has left a {@link #fault}; that stands.
 * <li>It ends with {@link #fail}; or it sets {@link #outputAddress}, {@link #pageShift} and {@link #stage1Shift} (both the
 *     offset bits of its page), {@link #allowed} (without the write bits while the dirty bit is clear), {@link #global} and
 *     {@link #faultDetail} (what the nested TLB keeps of a translation for the encoding of later faults; 0 where a format has
 *     no such thing), and calls {@link WalkPort#resolveLeaf}, last. {@link #stage2Shift} and {@link #hostAddress} are the
 *     port's.
 * <li>It sets accessed and dirty bits by {@link WalkPort#updateEntry}, as its hardware does and only when its own checks have
 *     passed. When that answers false without a fault, the walk calls {@link #restart} and begins again.
 * <li>Where reads go side by side, it says so with {@link Trail#setDepth}; what was read on a guess, it tells {@link
 *     Trail#speculated}.
 * <li>Where tables can be resumed at ({@link org.memvirt.api.table.PageTableFormat#coverShift} is not 0), it begins at {@link
 *     #resumeLevel} unless that is 0, and calls {@link #visitTable} after each read if {@link #recordsTables}.
 * </ul>
 */
public final class Walk {
    /** Levels are below this. */
    public static final int LEVELS = 8;

    /** 64-bit words of the widest entry. */
    public static final int MOST_WORDS = 8;

    /** No address. */
    public static final long NOWHERE = -1;

    // The question.

    /** The register that holds the top table: CR3, EPTP, TTBR, VTTBR; the format masks what is not address. */
    public long root;

    /** The address to translate. */
    public long inputAddress;

    /** The bits that the walk has changed in it to take a program's tag away; set by the format. */
    public long tagBits;

    /** What the access needs, as {@link Rights}. */
    public int access;

    // Where to begin, when a walk cache knows a table further down.

    /** The level whose table is known, or 0 to begin at the root. */
    public int resumeLevel;

    /** The address of that table, in the space that the format's entries name. */
    public long resumeTable;

    /** Where that table lies in host memory, or {@link #NOWHERE} if the port must still find out. */
    public long resumeHostAddress;

    /** What the entries above it allowed, as the format keeps it. */
    public long resumeAttributes;

    /**
     * A state of the port, for ports that read some tables otherwise than others (agile paging: from an entry on, through
     * a second stage). 0 when a walk begins at the top. The port changes it while it reads an entry, for the tables below
     * that. Walk caches keep it with each table and restore it where a walk goes on there. It should tell in which tables
     * it changed, because entries are updated after those below them were read.
     */
    public int portState;

    // The answer.

    /** The translated address; host-physical once the port has resolved the leaf. */
    public long outputAddress;

    /** Offset bits of the smallest page on the way: what one TLB entry may cover. */
    public int pageShift;

    /** Offset bits of the page that stage 1 maps. */
    public int stage1Shift;

    /** Offset bits of the page that stage 2 maps, or 0 without a stage 2. */
    public int stage2Shift;

    /** What the mapping allows, as {@link Rights}; without the write bits while the dirty bit is clear. */
    public int allowed;

    /** Whether the mapping holds in every address space of its VM. */
    public boolean global;

    // The fault, if there is one.

    /** Why the walk failed, or {@link Fault#NONE}. */
    public Fault fault = Fault.NONE;

    public Stage faultStage = Stage.STAGE_1;

    /** The level of the entry that failed. */
    public int faultLevel;

    /** The address that could not be translated: the input address, or for stage 2 the gPA. */
    public long faultAddress;

    /** Whether stage 2 failed for the address of a stage-1 table entry, rather than for the final address. */
    public boolean faultOnTable;

    /** What the access that failed needed: differs from {@link #access} when it was the walk's own. */
    public int faultAccess;

    /** What the format adds for the encoding of the fault; its own bits. */
    public long faultDetail;

    // The way.

    /** Where the entry that was read last lies in host memory; set by the port. */
    public long hostAddress;

    /**
     * Offset bits of the piece of host memory in which {@link #hostAddress} tells the place of neighbours too: those of the
     * stage-2 page, or 63 without a stage 2; set by the port.
     */
    public int hostAddressShift;

    /** The words of the wide entry that was read last, from its first; see {@link WalkPort#readWideEntry}. */
    public final long[] words = new long[MOST_WORDS];

    /** The references made; a walk of stage 2 takes the trail of the walk it runs inside. */
    public Trail trail;

    /** Whether the format shall call {@link #visitTable}: only when somebody caches tables. */
    public boolean recordsTables;

    /** The highest and the lowest level whose table the walk has read from; 0 when none. */
    public int highestVisited;

    public int lowestVisited;

    /** By level, the table that was read: its address, its place in host memory. */
    public final long[] table = new long[LEVELS];

    public final long[] tableHostAddress = new long[LEVELS];

    /** By level, what the entries above its table allowed, and the references that reaching it costs without caches. */
    public final long[] tableAttributes = new long[LEVELS];

    public final int[] tableCost = new int[LEVELS];

    /** By level, {@link #portState} as it was before the table was read from. */
    public final int[] tablePortState = new int[LEVELS];

    /**
     * By level, entries whose accessed bit the walk sets once it has passed its checks: their address, their place in host
     * memory, and the word as it was read. For formats that update entries after the walk; see {@link #deferUpdate}.
     */
    public final long[] pendingAddress = new long[LEVELS];

    public final long[] pendingHostAddress = new long[LEVELS];
    public final long[] pendingWord = new long[LEVELS];

    private static final int KEPT_RIGHTS = 16;

    // A ring: where entries lie that were read through a second stage, and what that allows there.
    private final long[] entryAddress = new long[KEPT_RIGHTS];
    private final int[] entryRights = new int[KEPT_RIGHTS];
    private int translatedEntries;

    private final int cellShift;
    private int cellBase;
    private int uncachedBefore;
    private int firstPortState;
    private int portStateOfTable;

    private Walk(Trail trail, int cellShift) {
        this.trail = trail;
        this.cellShift = cellShift;
    }

    /** The walk that an access starts: its references fill column 0 of the matrix. */
    public static Walk outer() {
        return new Walk(new Trail(), 3);
    }

    /** A walk of stage 2 inside others: its references fill a row of their matrix; see {@link #startInside}. */
    public static Walk inner() {
        return new Walk(new Trail(), 0);
    }

    /** Asks a new question; the trail is cleared. */
    public void start(long newRoot, long address, int neededRights) {
        trail.clear();
        ask(newRoot, address, neededRights);
        if (trail.observer() != null) {
            trail.observer().start(this);
        }
    }

    /** Asks a new question on behalf of {@code outer}'s entry at {@code outerLevel}, or of its final address for 0. */
    public void startInside(Walk outer, int outerLevel, long newRoot, long address, int neededRights) {
        trail = outer.trail;
        cellBase = outerLevel << 3;
        ask(newRoot, address, neededRights);
    }

    private void ask(long newRoot, long address, int neededRights) {
        root = newRoot;
        inputAddress = address;
        tagBits = 0;
        access = neededRights;
        resumeLevel = 0;
        resumePortState(0);
        translatedEntries = 0;
        uncachedBefore = trail.uncached();
        fault = Fault.NONE;
        stage2Shift = 0;
        hostAddressShift = 63;
        global = false;
        highestVisited = 0;
        lowestVisited = 0;
    }

    /** Sets the state of the port that a walk begins with; a walk cache does, where a walk goes on below the top. */
    public void resumePortState(int state) {
        portState = state;
        firstPortState = state;
        portStateOfTable = state;
    }

    /** Begins the same walk again, because an entry has changed under it; the references stay. */
    public void restart() {
        resumePortState(firstPortState);
    }

    /**
     * Notes what a second stage allows at the address of an entry that is read through it, as {@link Rights}: so much may
     * be done to the entry later without another translation. For ports; of the last 16 it is known.
     */
    public void keepEntryRights(long address, int allowed) {
        int at = translatedEntries++ & KEPT_RIGHTS - 1;
        entryAddress[at] = address;
        entryRights[at] = allowed;
    }

    /** What {@link #keepEntryRights} noted for an entry of this walk, of any of its words; else {@link Rights#NONE}. */
    public int entryRights(long address) {
        int line = Long.BYTES * MOST_WORDS;
        for (int kept = translatedEntries - 1; kept >= Math.max(0, translatedEntries - KEPT_RIGHTS); kept--) {
            int at = kept & KEPT_RIGHTS - 1;
            if (((entryAddress[at] ^ address) & -line) == 0) {
                return entryRights[at];
            }
        }
        return Rights.NONE;
    }

    /** The stage whose tables this walk reads. */
    public Stage stage() {
        return cellShift == 0 ? Stage.STAGE_2 : Stage.STAGE_1;
    }

    /** The matrix cell of a reference at {@code level} of this walk's own table. */
    public int cell(int level) {
        return cellBase + (level << cellShift);
    }

    /** The outer level on whose behalf this inner walk runs; 0 for the final address and for outer walks. */
    public int outerLevel() {
        return cellBase >>> 3;
    }

    /** References that this walk, from its start to now, would have made without any cache. */
    public int uncachedCost() {
        return trail.uncached() - uncachedBefore;
    }

    /**
     * Notes that the table of {@code level} was read from; formats call it after each read if {@link #recordsTables}.
     *
     * @param address the table's address
     * @param bytes its size
     * @param offset of the entry that was read
     * @param attributes what the entries above it allowed
     * @param costBefore the trail's uncached references before the table was looked for
     */
    public void visitTable(int level, long address, long bytes, long offset, long attributes, int costBefore) {
        boolean wholeTable = hostAddressShift == 63 || bytes <= 1L << hostAddressShift;
        table[level] = address;
        tableHostAddress[level] = wholeTable ? hostAddress - offset : NOWHERE;
        tableAttributes[level] = attributes;
        tableCost[level] = (wholeTable ? trail.uncached() - 1 : costBefore) - uncachedBefore;
        tablePortState[level] = portStateOfTable;
        portStateOfTable = portState;
        if (highestVisited == 0) {
            highestVisited = level;
        }
        lowestVisited = level;
    }

    /** Notes that the accessed bit of the entry of {@code level}, which was read last, is to be set after the checks. */
    public void deferUpdate(int level, long address, long word) {
        pendingAddress[level] = address;
        pendingHostAddress[level] = hostAddress;
        pendingWord[level] = word;
    }

    /** Ends the walk with a fault of its own, unless the port has kept one, which then stands. */
    public void fail(Fault why, int level, long detail) {
        if (fault == Fault.NONE) {
            fault = why;
            faultStage = stage();
            faultLevel = level;
            faultAddress = inputAddress;
            faultOnTable = false;
            faultAccess = access;
            faultDetail = detail;
        }
    }

    /** Takes the fault of a read back that the walk made on a guess and does not need. */
    public void forgive() {
        fault = Fault.NONE;
    }

    /** Keeps the fault of a stage-2 walk, for which the port then gives an invalid entry. */
    public void keepFaultOf(Walk inner, boolean onTable) {
        fault = inner.fault;
        faultStage = Stage.STAGE_2;
        faultLevel = inner.faultLevel;
        faultAddress = inner.inputAddress;
        faultOnTable = onTable;
        faultAccess = inner.access;
        faultDetail = inner.faultDetail;
    }

    /** Has the fault of a walk of the guest's own table stand in the place of this one's. */
    public void takeFaultOf(Walk guest) {
        fault = guest.fault;
        faultStage = guest.faultStage;
        faultLevel = guest.faultLevel;
        faultAddress = guest.faultAddress;
        faultOnTable = guest.faultOnTable;
        faultAccess = guest.faultAccess;
        faultDetail = guest.faultDetail;
    }

    /** Whether the walk, once done, has an answer. */
    public boolean succeeded() {
        return fault == Fault.NONE;
    }

    @Override
    public String toString() {
        return "%s of %#x: %s"
                .formatted(
                        Rights.text(access),
                        inputAddress,
                        succeeded()
                                ? "%#x, page of 2^%d, %s".formatted(outputAddress, pageShift, Rights.text(allowed))
                                : "%s in stage %d at level %d for %#x"
                                        .formatted(fault, faultStage.number(), faultLevel, faultAddress));
    }
}
