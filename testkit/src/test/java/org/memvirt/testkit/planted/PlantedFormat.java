package org.memvirt.testkit.planted;

import java.util.List;
import java.util.Set;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.table.TableMemory;
import org.memvirt.api.walk.Stage;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;

/** A copy of a sound format, in which a subclass does one thing wrong. */
class PlantedFormat implements PageTableFormat {
    final PageTableFormat sound;

    PlantedFormat(PageTableFormat sound) {
        this.sound = sound;
    }

    @Override
    public String name() {
        return "planted-" + sound.name();
    }

    @Override
    public String description() {
        return sound.description();
    }

    @Override
    public Set<Stage> stages() {
        return sound.stages();
    }

    @Override
    public int levels() {
        return sound.levels();
    }

    @Override
    public int mostReferences() {
        return sound.mostReferences();
    }

    @Override
    public int coverShift(int level) {
        return sound.coverShift(level);
    }

    @Override
    public int inputBits() {
        return sound.inputBits();
    }

    @Override
    public int outputBits() {
        return sound.outputBits();
    }

    @Override
    public List<Integer> pageShifts() {
        return sound.pageShifts();
    }

    @Override
    public boolean inRange(long inputAddress) {
        return sound.inRange(inputAddress);
    }

    @Override
    public long kernelBase() {
        return sound.kernelBase();
    }

    @Override
    public void walk(Walk walk, WalkPort port) {
        sound.walk(walk, port);
    }

    @Override
    public PageTable create(TableMemory memory, TableFrames frames) {
        return table(sound.create(memory, frames));
    }

    @Override
    public PageTable open(TableMemory memory, TableFrames frames, long root) {
        return table(sound.open(memory, frames, root));
    }

    /** What software has in its hands. */
    PageTable table(PageTable ofSound) {
        return ofSound;
    }
}
