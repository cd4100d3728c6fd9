package org.memvirt.testkit;

import java.util.List;
import java.util.Set;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.table.TableMemory;
import org.memvirt.api.walk.Stage;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;
import org.memvirt.testkit.format.ListingContract;

/** A format that does not list images itself. */
final class SoftwareListingTest implements ListingContract {
    private final PageTableFormat format = new Opaque(PlainFormat.usual());

    @Override
    public PageTableFormat format() {
        return format;
    }

    /** A radix format that does not let one see it is. */
    private record Opaque(PageTableFormat hidden) implements PageTableFormat {
        @Override
        public String name() {
            return hidden.name();
        }

        @Override
        public String description() {
            return hidden.description();
        }

        @Override
        public Set<Stage> stages() {
            return hidden.stages();
        }

        @Override
        public int levels() {
            return hidden.levels();
        }

        @Override
        public int inputBits() {
            return hidden.inputBits();
        }

        @Override
        public int outputBits() {
            return hidden.outputBits();
        }

        @Override
        public List<Integer> pageShifts() {
            return hidden.pageShifts();
        }

        @Override
        public boolean inRange(long inputAddress) {
            return hidden.inRange(inputAddress);
        }

        @Override
        public void walk(Walk walk, WalkPort port) {
            hidden.walk(walk, port);
        }

        @Override
        public PageTable create(TableMemory memory, TableFrames frames) {
            return hidden.create(memory, frames);
        }

        @Override
        public PageTable open(TableMemory memory, TableFrames frames, long root) {
            return hidden.open(memory, frames, root);
        }
    }
}
