package org.memvirt.runner.workload;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.GuestEvent;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.runner.usage.WrongUsage;

/**
 * Several processes in turn: process {@code i} plays the {@code i}-th source, a slice of accesses at a time, until all have
 * ended. A source has no events of its own.
 */
public final class RoundRobin implements AccessSource {
    /** One process: what it plays, and what of that has been read and not yet been given. */
    private static final class Player {
        final int number;
        final AccessSource source;
        final AccessBatch read = new AccessBatch();
        int given;

        Player(int number, AccessSource source) {
            this.number = number;
            this.source = source;
        }

        boolean hasMore() throws IOException {
            while (given == read.length) {
                given = 0;
                if (!source.fill(read)) {
                    return false;
                }
                if (!read.events().isEmpty()) {
                    throw new WrongUsage("--processes: the input has processes of its own (%s); play it once"
                            .formatted(read.events().getFirst().text()));
                }
            }
            return true;
        }
    }

    private final List<AccessSource> sources;
    private final List<Player> players = new ArrayList<>();
    private final long slice;
    private int turn;
    private long left;
    private int running = -1;
    private volatile double progress;

    /** @param slice accesses of a turn, 1 or more */
    public RoundRobin(List<AccessSource> sources, long slice) {
        this.sources = List.copyOf(sources);
        this.slice = slice;
        left = slice;
        for (AccessSource source : sources) {
            players.add(new Player(players.size(), source));
        }
    }

    @Override
    public boolean fill(AccessBatch batch) throws IOException {
        batch.clear();
        while (!players.isEmpty()) {
            Player player = players.get(turn);
            if (left > 0 && player.hasMore()) {
                give(player, batch);
                return true;
            }
            if (left > 0) {
                players.remove(turn);
            } else {
                turn++;
            }
            turn = turn < players.size() ? turn : 0;
            left = slice;
        }
        return false;
    }

    private void give(Player player, AccessBatch batch) {
        if (running != player.number) {
            running = player.number;
            batch.add(new GuestEvent.Switch(running));
        }
        int count = batch.add(player.read, player.given, (int) Math.min(left, batch.capacity()));
        player.given += count;
        left -= count;
        progress = player.source.progress();
    }

    /** That of the process which runs: all are about as far. */
    @Override
    public double progress() {
        return progress;
    }

    @Override
    public void close() throws IOException {
        IOException failed = new IOException("closing what processes play");
        close(sources, failed);
        if (failed.getSuppressed().length > 0) {
            throw failed;
        }
    }

    /** Closes all; what goes wrong is added to {@code reason}. */
    public static void close(List<AccessSource> sources, Exception reason) {
        for (AccessSource source : sources) {
            try {
                source.close();
            } catch (IOException e) {
                reason.addSuppressed(e);
            }
        }
    }
}
