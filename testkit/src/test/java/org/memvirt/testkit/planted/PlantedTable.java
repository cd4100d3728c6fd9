package org.memvirt.testkit.planted;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.Mapping;
import org.memvirt.api.table.PageTable;

/** A copy of a sound page table, in which a subclass does one thing wrong. */
class PlantedTable implements PageTable {
    final PageTable sound;

    PlantedTable(PageTable sound) {
        this.sound = sound;
    }

    @Override
    public long root() {
        return sound.root();
    }

    @Override
    public Invalidation map(long inputAddress, long outputAddress, int pageShift, int rights, int attributes) {
        return sound.map(inputAddress, outputAddress, pageShift, rights, attributes);
    }

    @Override
    public Invalidation unmap(long inputAddress) {
        return sound.unmap(inputAddress);
    }

    @Override
    public Invalidation protect(long inputAddress, int rights) {
        return sound.protect(inputAddress, rights);
    }

    @Override
    public Invalidation mark(long inputAddress, int set, int clear) {
        return sound.mark(inputAddress, set, clear);
    }

    @Override
    public Invalidation split(long inputAddress, int pageShift) {
        return sound.split(inputAddress, pageShift);
    }

    @Override
    public @Nullable Mapping find(long inputAddress) {
        return sound.find(inputAddress);
    }

    @Override
    public int largestFree(long inputAddress, List<Integer> pageShifts) {
        return sound.largestFree(inputAddress, pageShifts);
    }

    @Override
    public void forEach(Consumer<Mapping> visitor) {
        sound.forEach(visitor);
    }

    @Override
    public long bytes() {
        return sound.bytes();
    }

    @Override
    public void adopt(PageTable other, long fromAddress, long bytes) {
        sound.adopt(other instanceof PlantedTable planted ? planted.sound : other, fromAddress, bytes);
    }

    @Override
    public void release() {
        sound.release();
    }
}
