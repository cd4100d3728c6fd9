package org.memvirt.engine;

import java.io.IOException;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.workload.AccessSource;

/** One vCPU and what it plays, turn by turn: it remembers what was read of its source and has not been played yet. */
final class Lane {
    private final GuestPlayer player;
    private final AccessSource source;
    private final AccessBatch read = new AccessBatch();
    private final AccessBatch piece = new AccessBatch();
    private int at;
    // Whether nothing of what was read has been played, not even its events.
    private boolean unplayed;
    private long played;
    private long nanos;

    Lane(GuestPlayer player, AccessSource source) {
        this.player = player;
        this.source = source;
    }

    /**
     * Plays so many accesses, and the events between them; the vCPU is on its core.
     *
     * @return whether the source has more
     */
    boolean turn(long quantum) throws IOException {
        long left = quantum;
        while (left > 0) {
            if (!hasMore()) {
                return false;
            }
            int count = (int) Math.min(left, read.length - at);
            AccessBatch batch = count == read.length ? read : pieceOf(count);
            long from = System.nanoTime();
            unplayed = false;
            player.execute(batch);
            nanos += System.nanoTime() - from;
            at += count;
            played += count;
            left -= count;
        }
        return hasMore();
    }

    private boolean hasMore() throws IOException {
        if (at < read.length || unplayed) {
            return true;
        }
        at = 0;
        unplayed = source.fill(read);
        return unplayed;
    }

    private AccessBatch pieceOf(int count) {
        piece.clear();
        if (at == 0) {
            read.events().forEach(piece::add);
        }
        piece.add(read, at, count);
        return piece;
    }

    GuestPlayer player() {
        return player;
    }

    AccessSource source() {
        return source;
    }

    /** Accesses that it has made. */
    long played() {
        return played;
    }

    /** What it took to play them, without the reading, in nanoseconds. */
    long nanos() {
        return nanos;
    }
}
