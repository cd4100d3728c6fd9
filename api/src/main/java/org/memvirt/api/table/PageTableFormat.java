package org.memvirt.api.table;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.memvirt.api.access.Rights;
import org.memvirt.api.image.TableImage;
import org.memvirt.api.image.TableListing;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;
import org.memvirt.api.walk.Stage;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;

/**
 * The layout and the walk of one kind of page table, with every control bit that changes a walk fixed: the extension
 * point of memvirt. Immutable and stateless. It never knows where it runs: it reads through a port, natively, under a
 * second stage, in a shadow table or from a memory image.
 *
 * <p>A format need not be a tree: one that hashes reads as many entries as it likes and says with
 * {@link org.memvirt.api.walk.Trail#setDepth} which of them go side by side. A class with a public constructor without parameters, named in
 * {@code META-INF/services/org.memvirt.api.table.PageTableFormat}, is found by its name on every MMU with architected page
 * tables.
 */
public interface PageTableFormat {
    /** Unique, lower-case: what {@code --format} takes. */
    String name();

    /** One line for people. */
    String description();

    /** The stages it can serve. */
    Set<Stage> stages();

    /** Options that {@link #with} takes. */
    default List<Option> options() {
        return List.of();
    }

    /**
     * This format with other control bits.
     *
     * @throws IllegalArgumentException for an option it lacks or a wrong value; the message names both
     */
    default PageTableFormat with(Map<String, String> options) {
        new Options("format " + name(), options(), options);
        return this;
    }

    /** Bytes of a table entry: 4 or 8. */
    default int entryBytes() {
        return Long.BYTES;
    }

    /**
     * Rows of the matrix of references: 1 to 7. Of a tree, the levels of the longest walk. A format that is no tree numbers
     * its tables as it likes: those that hold pages of one size, for instance.
     */
    int levels();

    /** The number that the manual has for a level, which here counts from 1, the last; for people. */
    default int levelNumber(int level) {
        return level;
    }

    /** References that a walk makes at most in one stage, unless entries change under it. */
    default int mostReferences() {
        return levels();
    }

    /**
     * Offset bits of the range of input addresses that one table of {@code level} covers: what a walk cache may tag a
     * pointer to it with. 0 when the format has no such tables; then walks are never resumed.
     */
    default int coverShift(int level) {
        return 0;
    }

    /**
     * Whether several page tables can have tables in common: {@link #createPart} and {@link PageTable#link}. Only where {@link
     * #coverShift} is not 0.
     */
    default boolean hasParts() {
        return false;
    }

    /**
     * Of what the entries above a table allowed ({@link Walk#tableAttributes}), what hardware does not change by itself: where
     * it is the same for two ways to a table, all that lies below means the same on both.
     */
    default long restrictions(long attributes) {
        return attributes;
    }

    /**
     * Whether the lowest tables, side by side in the order of the addresses that they translate, are one array of entries (a
     * linear page table): each is as large as the smallest page, and its entries tell all of their pages by themselves, so that
     * a walk may be resumed at level 1 by whoever knows the table alone, with {@link Walk#resumeAttributes} of -1.
     */
    default boolean isLinear() {
        return false;
    }

    /** Significant bits of an input address. */
    int inputBits();

    /** Bits of an output address. */
    int outputBits();

    /** Bits of the output address of a page of 2^pageShift bytes, where sizes differ: those of a table go by the smallest. */
    default int outputBits(int pageShift) {
        return outputBits();
    }

    /** Offset bits of each page size, ascending. */
    List<Integer> pageShifts();

    /**
     * Those of {@link PageTable#GLOBAL}, {@link PageTable#ACCESSED} and {@link PageTable#DIRTY} that its leaves can tell. A
     * page without an accessed or a dirty bit counts as accessed or dirty, one without a global bit is not global.
     */
    default int attributes() {
        return PageTable.GLOBAL | PageTable.ACCESSED | PageTable.DIRTY;
    }

    /**
     * Those of the accessed and the dirty bit that hardware sets. Where it does not, the use of a page whose accessed bit
     * is clear is {@link org.memvirt.api.walk.Fault#ACCESS_FLAG}, and a write to one whose dirty bit is clear is refused
     * like a write that its rights do not allow; software then marks the page ({@link PageTable#mark}).
     */
    default int attributesSetByHardware() {
        return attributes() & (PageTable.ACCESSED | PageTable.DIRTY);
    }

    /**
     * Whether software may not change the size of a page, or where it lies, in one step, because caches might then hold both
     * the old and the new: it removes the page, invalidates, and maps what shall be there (Arm's break-before-make). Which
     * changes these are {@link org.memvirt.api.radix.RadixFormat#needsBreak} says.
     */
    default boolean breaksBeforeMake() {
        return false;
    }

    /** Whether {@code inputAddress} is one that the format can translate: not too wide, and canonical where that matters. */
    boolean inRange(long inputAddress);

    /**
     * How many root registers the format has: 1, or 2 where the upper half of the addresses has tables of its own. {@link
     * #walk} then expects the root of the half in {@link Walk#root}.
     */
    default int roots() {
        return 1;
    }

    /** The number, from 0, of the root that {@code inputAddress} is translated from. Once a walk; does not allocate. */
    default int rootOf(long inputAddress) {
        return 0;
    }

    /**
     * The format of the tables below one root: where there are several, each may have another geometry. It has one root,
     * makes and opens tables, and is what walk caches ask about them. The same object at every call.
     */
    default PageTableFormat ofRoot(int number) {
        return this;
    }

    /**
     * The address that an access to {@code inputAddress} is to where programs may keep a tag in the upper bits of a pointer
     * (Arm's top-byte ignore, Intel's linear-address masking): it may still not be {@link #inRange}. The walk starts from it
     * and tells of it. Whoever looks an address up in a cache, or has walks made in batches, takes the tag away before. Once
     * an access; does not allocate.
     *
     * @param access the {@link Rights} that are asked for; a tag may be taken from a data address alone
     */
    default long untagged(long inputAddress, int access) {
        return inputAddress;
    }

    /** Whether {@link #untagged} changes any address. */
    default boolean ignoresTags() {
        return false;
    }

    /** The lowest address that a kernel takes for itself; user programs live below. The upper half, unless told. */
    default long kernelBase() {
        return 1L << (inputBits() - 1);
    }

    /** The address after the last that user programs have: the end of the half below {@link #kernelBase}. */
    default long userEnd() {
        return kernelBase() < 0 ? 1L << Math.min(inputBits() - 1, Long.SIZE - 2) : kernelBase();
    }

    /** As a second stage: what a reference to a stage-1 table needs here, as {@link Rights}. */
    default int tableReferenceAccess() {
        return Rights.SUPERVISOR_READ;
    }

    /** As a second stage: what the write of a stage-1 accessed or dirty bit needs here, as {@link Rights}. */
    default int tableUpdateAccess() {
        return Rights.SUPERVISOR_WRITE;
    }

    /**
     * As a second stage: whether its rights to execute tell the user's pages of stage 1 from the supervisor's, whoever
     * fetches (mode-based execute control), rather than who fetches.
     */
    default boolean executesByPage() {
        return false;
    }

    /** This format as hardware walks it over that second stage; most do not change. */
    default PageTableFormat over(PageTableFormat stageTwo) {
        return this;
    }

    /**
     * Whether loading the root register loads the top table, too: then a walk does not read it in memory, and after a
     * change of it software must load the root again ({@link Invalidation.Reach#ROOT}).
     */
    default boolean loadsTopTable() {
        return false;
    }

    /**
     * Loads a root register, as software does: hardware that takes the top table along reads and checks it now. Once a
     * load; may allocate.
     *
     * @param walk an outer walk, which is started anew; it holds the fault if the load fails
     * @param port that of the walks
     * @return the port of the walks from now on: {@code port} itself where the root alone is loaded
     */
    default WalkPort loadRoot(Walk walk, long root, WalkPort port) {
        walk.start(root, 0, Rights.NONE);
        return port;
    }

    /**
     * Translates {@link Walk#inputAddress}: reads entries through {@code port}, checks, sets accessed and dirty bits where
     * the architecture's hardware does, then has the port resolve the leaf. The answer, or the fault, is in the walk. Must
     * not allocate, throw or keep state.
     */
    void walk(Walk walk, WalkPort port);

    /**
     * What an entry says, in words for people: where it leads and what it allows. Empty when the format has no words for it.
     *
     * @param level of its table
     * @param address the entry's byte address
     * @param word the aligned 64-bit word that contains it
     */
    default String describe(int level, long address, long word) {
        return "";
    }

    /**
     * A new, empty page table.
     *
     * @throws UnsupportedOperationException for a format with several roots: each has tables of its own ({@link #ofRoot})
     */
    PageTable create(TableMemory memory, TableFrames frames);

    /**
     * A new, empty table of a level, with what will be below it: a part that page tables {@link PageTable#link}. Its pages are
     * named by their whole input addresses, of which the bits below {@link #coverShift} count.
     *
     * @param level from 1 to the one below the top
     * @throws UnsupportedOperationException unless {@link #hasParts}
     */
    default PageTable createPart(int level, TableMemory memory, TableFrames frames) {
        throw new UnsupportedOperationException(
                name() + " has no tables that several page tables could have in common");
    }

    /**
     * The page table that {@code root} points to, to read or edit; it owns none of the tables that are there already.
     *
     * @throws UnsupportedOperationException as {@link #create} does
     */
    PageTable open(TableMemory memory, TableFrames frames, long root);

    /**
     * All that the page table which {@code root} points to maps, as an image has it; the image is read now and when the
     * listing tells of its leaves. Once a page table.
     *
     * <p>A format that does not override this opens the table as software does, and can tell of no damage; it then must
     * end on damaged tables by itself.
     *
     * @throws IllegalArgumentException when the image does not hold the top table; the message says where that is
     * @throws UnsupportedOperationException when the format has no tables
     */
    default TableListing list(TableImage image, long root) {
        return new SoftwareListing(this, image, root);
    }
}
