package org.memvirt.runner.inspect;

import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.image.TableImage;
import org.memvirt.api.image.TableListing;
import org.memvirt.api.table.TableRoot;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.memory.TableImagePort;

/**
 * A guest's memory as a second stage in an image shows it: addresses are guest-physical. Rights are not asked for. The
 * page that was translated last is kept, for tables are read entry by entry.
 */
final class GuestImage implements TableImage {
    private final TableRoot stageTwo;
    private final TableImage host;
    private final TableImagePort port;
    private final Walk walk = Walk.outer();
    private long page;
    private long pageEnd;
    private long located;
    private int pageShift;
    private int allowed;
    private long gapEnd;
    private String refusal = "";
    private @Nullable TableListing mapped;

    GuestImage(TableRoot stageTwo, TableImage host) {
        this.stageTwo = stageTwo;
        this.host = host;
        port = new TableImagePort(host);
    }

    /** Says what the second stage maps: gaps that it knows are passed over in one. */
    void know(TableListing listing) {
        mapped = listing;
    }

    /** Whether the second stage maps the address; what is asked next is of the page that does. */
    boolean translates(long address) {
        if (address >= page && address < pageEnd) {
            return true;
        }
        walk.start(stageTwo.root(), address, Rights.NONE);
        stageTwo.format().walk(walk, port);
        if (!walk.succeeded()) {
            gapEnd = (address | (1L << gapShift()) - 1) + 1;
            return false;
        }
        long offset = address & (1L << walk.pageShift) - 1;
        page = address - offset;
        pageEnd = page + (1L << walk.pageShift);
        located = walk.outputAddress - offset;
        pageShift = walk.pageShift;
        allowed = Effective.rights(stageTwo, walk, port);
        return true;
    }

    /** Offset bits of what the entry covers that ended the walk. */
    private int gapShift() {
        int smallest = stageTwo.format().pageShifts().getFirst();
        return walk.faultLevel > 1 ? Math.max(smallest, stageTwo.format().coverShift(walk.faultLevel - 1)) : smallest;
    }

    /** After {@link #translates} has denied: the first address beyond that may be mapped; the highest when none is. */
    long gapEnd() {
        if (mapped == null) {
            return gapEnd;
        }
        long next = mapped.nextMapped(gapEnd);
        return next < 0 ? Long.MAX_VALUE : next;
    }

    /** The end of the page that was translated last. */
    long pageEnd() {
        return pageEnd;
    }

    int pageShift() {
        return pageShift;
    }

    /** What the page that was translated last allows, the state of its dirty bit aside. */
    int allowed() {
        return allowed;
    }

    /** Where the address, which must lie in the page that was translated last, lies in the host's memory. */
    long locate(long address) {
        return located + (address - page);
    }

    @Override
    public boolean holds(long address, long bytes) {
        long end = address + bytes;
        for (long at = address; at < end; at = pageEnd) {
            if (!translates(at)) {
                refusal = "stage 2 does not map guest-physical %#x: %s at level %d"
                        .formatted(at, walk.fault, walk.faultLevel);
                return false;
            }
            if (!host.holds(locate(at), Math.min(end, pageEnd) - at)) {
                refusal = "stage 2 maps guest-physical %#x to %#x, which the image does not hold"
                        .formatted(at, locate(at));
                return false;
            }
        }
        refusal = "";
        return true;
    }

    /** After {@link #holds}: why not, in words; else empty. */
    String refusal() {
        return refusal;
    }

    @Override
    public long load(long address) {
        if (!translates(address)) {
            throw new IndexOutOfBoundsException("stage 2 does not map %#x".formatted(address));
        }
        return host.load(locate(address));
    }
}
