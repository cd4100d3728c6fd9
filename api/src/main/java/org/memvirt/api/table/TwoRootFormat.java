package org.memvirt.api.table;

import java.util.List;
import java.util.Set;
import org.memvirt.api.image.TableImage;
import org.memvirt.api.image.TableListing;
import org.memvirt.api.walk.Stage;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;

/**
 * The skeleton of a format whose input addresses fall into two halves, each with a root, tables and a geometry of its own:
 * the lower one, of root 0, is a process's, the upper one, of root 1, the kernel's. One bit of an address selects the half,
 * and each half refuses what lies between them.
 */
public abstract class TwoRootFormat implements PageTableFormat {
    private final PageTableFormat lower;
    private final PageTableFormat upper;
    private final int selectingBit;

    /**
     * @param lower of root 0
     * @param upper of root 1
     * @param selectingBit the number of the bit of an input address that is set in the upper half
     */
    protected TwoRootFormat(PageTableFormat lower, PageTableFormat upper, int selectingBit) {
        this.lower = lower;
        this.upper = upper;
        this.selectingBit = selectingBit;
    }

    @Override
    public Set<Stage> stages() {
        return Set.of(Stage.STAGE_1);
    }

    @Override
    public final int roots() {
        return 2;
    }

    @Override
    public final int rootOf(long inputAddress) {
        return (int) (inputAddress >>> selectingBit) & 1;
    }

    @Override
    public final PageTableFormat ofRoot(int number) {
        return number == 0 ? lower : upper;
    }

    private PageTableFormat ofAddress(long inputAddress) {
        return ofRoot(rootOf(inputAddress));
    }

    /** Those of the lower half. */
    @Override
    public final int entryBytes() {
        return lower.entryBytes();
    }

    /** Those of the half that has more. */
    @Override
    public final int levels() {
        return Math.max(lower.levels(), upper.levels());
    }

    @Override
    public final int levelNumber(int level) {
        return lower.levelNumber(level);
    }

    @Override
    public final int mostReferences() {
        return Math.max(lower.mostReferences(), upper.mostReferences());
    }

    /** Those of the wider half, and the one that selects it. */
    @Override
    public final int inputBits() {
        return Math.max(lower.inputBits(), upper.inputBits()) + 1;
    }

    @Override
    public final int outputBits() {
        return lower.outputBits();
    }

    @Override
    public final int outputBits(int pageShift) {
        return lower.outputBits(pageShift);
    }

    /** Those of the lower half. */
    @Override
    public final List<Integer> pageShifts() {
        return lower.pageShifts();
    }

    @Override
    public final int attributes() {
        return lower.attributes() & upper.attributes();
    }

    @Override
    public final int attributesSetByHardware() {
        return lower.attributesSetByHardware() & upper.attributesSetByHardware();
    }

    @Override
    public final boolean breaksBeforeMake() {
        return lower.breaksBeforeMake() || upper.breaksBeforeMake();
    }

    @Override
    public final boolean inRange(long inputAddress) {
        return ofAddress(inputAddress).inRange(inputAddress);
    }

    /** The lowest address of the upper half. */
    @Override
    public final long kernelBase() {
        return upper.kernelBase();
    }

    /** The end of the lower half, between which and the upper one there are addresses that neither has. */
    @Override
    public final long userEnd() {
        return 1L << lower.inputBits();
    }

    @Override
    public final void walk(Walk walk, WalkPort port) {
        ofAddress(walk.inputAddress).walk(walk, port);
    }

    @Override
    public final String describe(int level, long address, long word) {
        return lower.describe(level, address, word);
    }

    /** Always refused. */
    @Override
    public final PageTable create(TableMemory memory, TableFrames frames) {
        throw refusal();
    }

    /** Always refused. */
    @Override
    public final PageTable open(TableMemory memory, TableFrames frames, long root) {
        throw refusal();
    }

    /** Always refused. */
    @Override
    public final TableListing list(TableImage image, long root) {
        throw refusal();
    }

    private UnsupportedOperationException refusal() {
        return new UnsupportedOperationException(
                name() + " has two roots, each with tables of its own: name one of them, ofRoot(0) or ofRoot(1)");
    }

    @Override
    public String toString() {
        return name();
    }
}
