package org.memvirt.arm;

import java.util.List;
import java.util.Set;
import org.memvirt.api.access.Rights;
import org.memvirt.api.image.TableImage;
import org.memvirt.api.image.TableListing;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.table.TableMemory;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Stage;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;

/**
 * Tables that registers keep hardware from: walks for some accesses, or for all, end before the first reference. Software reads
 * the tables as ever.
 */
final class RefusedWalks implements PageTableFormat {
    private final PageTableFormat tables;
    private final int refused;
    private final Fault fault;

    /**
     * @param refused the rights of the accesses that are refused
     * @param fault {@link Fault#ADDRESS_SIZE}, or what addresses end with that are not too wide
     */
    RefusedWalks(PageTableFormat tables, int refused, Fault fault) {
        this.tables = tables;
        this.refused = refused;
        this.fault = fault;
    }

    /** Whether nobody's walks are made. */
    boolean refusesAll() {
        return refused == Rights.ALL;
    }

    @Override
    public void walk(Walk walk, WalkPort port) {
        if ((walk.access & refused) == 0) {
            tables.walk(walk, port);
            return;
        }
        boolean inRange = tables.inRange(tables.untagged(walk.inputAddress, walk.access));
        walk.fail(inRange ? fault : Fault.ADDRESS_SIZE, Layout.LAST_LEVEL + 1, 0);
    }

    @Override
    public String name() {
        return tables.name();
    }

    @Override
    public String description() {
        return tables.description();
    }

    @Override
    public Set<Stage> stages() {
        return tables.stages();
    }

    @Override
    public int levels() {
        return tables.levels();
    }

    @Override
    public int levelNumber(int level) {
        return tables.levelNumber(level);
    }

    @Override
    public int coverShift(int level) {
        return tables.coverShift(level);
    }

    @Override
    public int inputBits() {
        return tables.inputBits();
    }

    @Override
    public int outputBits() {
        return tables.outputBits();
    }

    @Override
    public List<Integer> pageShifts() {
        return tables.pageShifts();
    }

    @Override
    public int attributes() {
        return tables.attributes();
    }

    @Override
    public boolean breaksBeforeMake() {
        return tables.breaksBeforeMake();
    }

    @Override
    public int attributesSetByHardware() {
        return tables.attributesSetByHardware();
    }

    @Override
    public boolean inRange(long inputAddress) {
        return tables.inRange(inputAddress);
    }

    @Override
    public long untagged(long inputAddress, int access) {
        return tables.untagged(inputAddress, access);
    }

    @Override
    public boolean ignoresTags() {
        return tables.ignoresTags();
    }

    @Override
    public long kernelBase() {
        return tables.kernelBase();
    }

    @Override
    public String describe(int level, long address, long word) {
        return tables.describe(level, address, word);
    }

    @Override
    public PageTable create(TableMemory memory, TableFrames frames) {
        return tables.create(memory, frames);
    }

    @Override
    public PageTable open(TableMemory memory, TableFrames frames, long root) {
        return tables.open(memory, frames, root);
    }

    @Override
    public TableListing list(TableImage image, long root) {
        return tables.list(image, root);
    }
}
