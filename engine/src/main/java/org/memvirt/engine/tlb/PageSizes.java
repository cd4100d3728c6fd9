package org.memvirt.engine.tlb;

/** What size the page around an address is likely to have: that of the last one that was met near it. */
public final class PageSizes {
    private static final int SMALLEST = 12;
    private static final int ROWS = 1 << 12;

    /** Pages of these sizes and above are remembered for stretches of so many bits, those below for the smaller ones. */
    private static final int STRETCH = 21;

    private static final int LARGE_STRETCH = 30;

    private final byte[] sizes = new byte[ROWS];
    private final byte[] largeSizes = new byte[ROWS];
    private int latest = SMALLEST;

    public int likely(long address) {
        int large = largeSizes[row(address, LARGE_STRETCH)];
        int near = large != 0 ? large : sizes[row(address, STRETCH)];
        return near != 0 ? near : latest;
    }

    public void learn(long address, int pageShift) {
        latest = pageShift;
        if (pageShift >= LARGE_STRETCH) {
            largeSizes[row(address, LARGE_STRETCH)] = (byte) pageShift;
        } else {
            largeSizes[row(address, LARGE_STRETCH)] = 0;
            sizes[row(address, STRETCH)] = (byte) pageShift;
        }
    }

    private static int row(long address, int stretch) {
        long number = address >>> stretch;
        return (int) (number ^ number >>> 12) & ROWS - 1;
    }
}
