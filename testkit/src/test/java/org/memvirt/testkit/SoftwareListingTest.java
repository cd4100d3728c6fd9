package org.memvirt.testkit;

import java.util.List;
import java.util.Set;
import org.memvirt.api.mmu.PageTable;
import org.memvirt.api.mmu.PageTableFormat;
import org.memvirt.api.mmu.Stage;
import org.memvirt.api.mmu.TableFrames;
import org.memvirt.api.mmu.TableMemory;
import org.memvirt.api.mmu.Walk;
import org.memvirt.api.mmu.WalkPort;
import org.memvirt.testkit.format.ListingContract;

/** A format that does not list images itself. */
final class SoftwareListingTest implements ListingContract {
    private final PageTableFormat format = new Opaque(PlainFormat.usual());

    @Override
    public PageTableFormat format() {
        return format;
    }

    @Override
    public boolean knowsGlobal() {
        return true;
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
        public boolean admits(long inputAddress) {
            return hidden.admits(inputAddress);
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
