package org.memvirt.runner.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ServiceLoader;
import java.util.function.LongUnaryOperator;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.api.architecture.MmuProvider;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.table.TableMemory;

/** Some memory in which tests make page tables, and which becomes an image. */
public final class TableMaker implements TableMemory, TableFrames {
    private final ByteBuffer memory;
    private final LongUnaryOperator place;
    private long next;

    /** @param bytes of memory; tables are made from {@code firstTable} on */
    public TableMaker(int bytes, long firstTable) {
        this(ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN), firstTable, address -> address);
    }

    private TableMaker(ByteBuffer memory, long firstTable, LongUnaryOperator place) {
        this.memory = memory;
        this.place = place;
        next = firstTable;
    }

    /** A guest's memory, which {@code place} finds in this. */
    public TableMaker guest(long firstTable, LongUnaryOperator place) {
        return new TableMaker(memory, firstTable, place);
    }

    public static PageTableFormat x86(String format) {
        for (MmuProvider mmu : ServiceLoader.load(MmuProvider.class)) {
            if (mmu.name().equals("x86") && mmu.architecture() instanceof ArchitectedPageTables tables) {
                for (PageTableFormat one : tables.formats()) {
                    if (one.name().equals(format)) {
                        return one;
                    }
                }
            }
        }
        throw new AssertionError("no format " + format);
    }

    public PageTable table(String format) {
        return x86(format).create(this, this);
    }

    public byte[] bytes() {
        return memory.array();
    }

    public Path write(Path file) throws IOException {
        return Files.write(file, bytes());
    }

    @Override
    public long load(long address) {
        return memory.getLong((int) place.applyAsLong(address));
    }

    @Override
    public void store(long address, long value) {
        memory.putLong((int) place.applyAsLong(address), value);
    }

    @Override
    public long allocate(long bytes) {
        long table = next + bytes - 1 & -bytes;
        next = table + bytes;
        return table;
    }

    @Override
    public void release(long address, long bytes) {
        throw new AssertionError("nothing is given back here");
    }
}
