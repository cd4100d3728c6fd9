package org.memvirt.engine;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.engine.block.FilteredBatch;

/** Batches that are read together, before anybody plays them; filled again and again. */
final class Round {
    private final List<FilteredBatch> room = new ArrayList<>();
    private int count;

    /** @param size batches, 1 or more */
    Round(int size) {
        for (int i = 0; i < size; i++) {
            room.add(new FilteredBatch());
        }
    }

    void clear() {
        count = 0;
    }

    /**
     * Reads as many as there are, up to its size.
     *
     * @throws IOException when the source fails; the batches before are there
     */
    void fill(AccessSource source) throws IOException {
        while (count < room.size() && source.fill(room.get(count))) {
            room.get(count++).forget();
        }
    }

    List<FilteredBatch> batches() {
        return room.subList(0, count);
    }

    boolean isEmpty() {
        return count == 0;
    }
}
