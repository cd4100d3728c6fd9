package org.memvirt.api.table;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.memvirt.api.image.LeafVisitor;
import org.memvirt.api.image.TableAnomaly;
import org.memvirt.api.image.TableImage;
import org.memvirt.api.image.TableListing;

/** What a page table of any format in an image maps, as {@link PageTable#forEach} tells it. */
final class SoftwareListing implements TableListing {
    private final PageTable table;
    private final SortedMap<Integer, Long> leaves = new TreeMap<>();

    SoftwareListing(PageTableFormat format, TableImage image, long root) {
        table = format.open(new ReadOnly(image), new NoFrames(), root);
        format.pageShifts().forEach(shift -> leaves.put(shift, 0L));
        table.forEach(mapping -> leaves.merge(mapping.pageShift(), 1L, Long::sum));
    }

    @Override
    public SortedMap<Integer, Long> leaves() {
        return leaves;
    }

    @Override
    public long tables() {
        return 0;
    }

    @Override
    public long bytes() {
        return 0;
    }

    @Override
    public List<TableAnomaly> anomalies() {
        return List.of();
    }

    @Override
    public boolean forEach(LeafVisitor visitor) {
        Visit visit = new Visit(visitor);
        table.forEach(visit::leaf);
        return visit.goesOn;
    }

    private static final class Visit {
        private final LeafVisitor visitor;
        private boolean goesOn = true;

        Visit(LeafVisitor visitor) {
            this.visitor = visitor;
        }

        void leaf(Mapping mapping) {
            goesOn = goesOn
                    && visitor.leaf(
                            mapping.inputAddress(),
                            mapping.outputAddress(),
                            mapping.pageShift(),
                            mapping.allowed(),
                            (mapping.global() ? PageTable.GLOBAL : 0)
                                    | (mapping.accessed() ? PageTable.ACCESSED : 0)
                                    | (mapping.dirty() ? PageTable.DIRTY : 0),
                            0);
        }
    }

    /** An image in which what is missing reads as nothing. */
    private record ReadOnly(TableImage image) implements TableMemory {
        @Override
        public long load(long address) {
            return image.holds(address, Long.BYTES) ? image.load(address) : 0;
        }

        @Override
        public void store(long address, long value) {
            throw new IllegalStateException("an image is only read; something was stored at %#x".formatted(address));
        }
    }

    private static final class NoFrames implements TableFrames {
        @Override
        public long allocate(long bytes) {
            throw new OutOfMemory("an image is only read; there is no memory for tables");
        }

        @Override
        public void release(long address, long bytes) {
            throw new IllegalStateException("an image is only read; there is no table of one's own to release");
        }
    }
}
