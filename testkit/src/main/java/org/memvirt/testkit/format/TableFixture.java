package org.memvirt.testkit.format;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.memvirt.api.table.Mapping;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.memory.HostPort;
import org.memvirt.engine.memory.PhysicalMemory;

/** One page table in a memory of its own, and the walker that reads it. */
public final class TableFixture {
    private static final long MEMORY = 1L << 30;

    /** Where the first table lies: not at 0, which an empty entry would name. */
    private static final long FIRST_TABLE = 1L << 16;

    public final PageTableFormat format;
    public final PhysicalMemory memory = new PhysicalMemory(MEMORY);
    public final CountedFrames frames = new CountedFrames(memory, FIRST_TABLE);
    private final WatchedMemory watched = new WatchedMemory(memory);
    public final HostPort port = new HostPort(memory);
    public final Walk walk = Walk.outer();
    public final PageTable table;

    public TableFixture(PageTableFormat format) {
        this.format = format;
        table = format.create(watched, frames);
    }

    /** The memory as software's hands on the table reach it. */
    WatchedMemory memory() {
        return watched;
    }

    /** Another, empty table in the same memory. */
    public PageTable another() {
        return format.create(memory, frames);
    }

    /** What the walker says of the address; the one walk of this fixture, reused. */
    public Walk walk(long address, int access) {
        return walk(table, address, access);
    }

    /** The same for another table in this memory. */
    public Walk walk(PageTable of, long address, int access) {
        walk.start(of.root(), address, access);
        format.walk(walk, port);
        return walk;
    }

    /** What {@code forEach} visits, by ascending address. */
    public static List<Mapping> pages(PageTable table) {
        List<Mapping> pages = new ArrayList<>();
        table.forEach(pages::add);
        pages.sort(Comparator.comparing(Mapping::inputAddress, Long::compareUnsigned));
        return pages;
    }
}
