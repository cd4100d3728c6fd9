package org.memvirt.engine.cpu;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.engine.memory.PhysicalMemory;

/**
 * Watches all that software stores for changes of table entries which hardware may hold, where their format has software make
 * an entry invalid and invalidate it first. Walks are made one by one meanwhile; their counts are the same.
 */
public final class TableWatch implements PhysicalMemory.StoreListener {
    private static final int MOST_TOLD = 20;

    private final List<LiveEntries> cores;
    private final List<String> broken = new ArrayList<>();

    /**
     * Begins to watch; null where no format asks for it.
     *
     * @param stageOne of guests
     * @param stageTwo of second stages, or null
     */
    public static @Nullable TableWatch of(
            PhysicalMemory memory, List<Core> cores, PageTableFormat stageOne, @Nullable PageTableFormat stageTwo) {
        boolean asks = stageOne.breaksBeforeMake() || stageTwo != null && stageTwo.breaksBeforeMake();
        return asks ? new TableWatch(memory, cores, stageTwo) : null;
    }

    private TableWatch(PhysicalMemory memory, List<Core> cores, @Nullable PageTableFormat stageTwo) {
        this.cores = cores.stream()
                .map(core -> {
                    LiveEntries entries = new LiveEntries(core, stageTwo, this::tell);
                    core.watch(entries);
                    return entries;
                })
                .toList();
        memory.listen(this);
    }

    private void tell(String message) {
        if (broken.size() < MOST_TOLD) {
            broken.add(message);
        }
    }

    @Override
    public void stores(long address, long value) {
        for (LiveEntries core : cores) {
            core.stores(address, value);
        }
    }

    @Override
    public void overwritten(long address, long bytes) {
        for (LiveEntries core : cores) {
            core.overwritten(address, bytes);
        }
    }

    /** The first stores that broke the rule, each with the entry and what hardware may still hold. */
    public List<String> broken() {
        return List.copyOf(broken);
    }
}
