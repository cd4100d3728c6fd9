package org.memvirt.engine.tlb;

/** When each entry of a {@link TlbArray} was used last. */
public final class EntryTimes {
    private final UseOrder order;
    private final int sets;
    private final int ways;
    private final int strideShift;

    EntryTimes(UseOrder order, int sets, int ways, int strideShift) {
        this.order = order;
        this.sets = sets;
        this.ways = ways;
        this.strideShift = strideShift;
    }

    private int way(int entry) {
        return (entry & (1 << strideShift) - 1) - KeySearch.HEAD >>> 1;
    }

    /** Of an entry. */
    public long of(int entry) {
        return order.time(entry >>> strideShift, way(entry));
    }

    /** An entry is used at a time that is not before the one that was said of it. */
    public void set(int entry, long time) {
        order.setTime(entry >>> strideShift, way(entry), time);
    }

    /** An entry was used last before the time that was said of it. */
    public void setBack(int entry, long time) {
        order.setTime(entry >>> strideShift, way(entry), time);
        order.forgetQueue(entry >>> strideShift);
    }

    /** How many entries were used after a time. */
    public int after(long time) {
        int after = 0;
        for (int set = 0; set < sets; set++) {
            for (int way = 0; way < ways; way++) {
                after += order.time(set, way) > time ? 1 : 0;
            }
        }
        return after;
    }
}
