package org.memvirt.runner.trace;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.memvirt.runner.usage.WrongUsage;

/**
 * Moves the addresses of a program into fewer: each piece of 1 MiB that it touches gets a place of its own, in the order of the
 * first touches. Within a piece everything stays where it is, so pages stay apart, and neighbours together as far as they lie
 * in one piece.
 */
public final class Folding {
    private static final int PIECE_SHIFT = 20;
    private static final long OFFSET = (1L << PIECE_SHIFT) - 1;
    /** A program's addresses on x86-64 and on Arm with its usual tables; who has as many gets them as they are. */
    private static final long ALL = 1L << 47;

    private long places;
    private long taken;
    private long highest;
    // By hash of the piece: its number, and its place; 0 is no place.
    private long[] pieces = new long[1024];
    private long[] itsPlace = new long[1024];
    private long lastPiece = -1;
    private long lastPlace;

    /** Begins anew, for programs that have the addresses below {@code userEnd}. */
    void begin(long userEnd) {
        places = Long.compareUnsigned(userEnd, ALL) >= 0 ? 0 : userEnd >>> PIECE_SHIFT;
        taken = 0;
        highest = 0;
        lastPiece = -1;
        Arrays.fill(itsPlace, 0);
    }

    /** Whether any address moves. */
    boolean isNeeded() {
        return places != 0;
    }

    /**
     * Where an address lies now.
     *
     * @throws WrongUsage when there is no place left
     */
    long fold(long address) {
        long piece = address >>> PIECE_SHIFT;
        if (piece != lastPiece) {
            lastPlace = placeOf(piece);
            lastPiece = piece;
        }
        return lastPlace << PIECE_SHIFT | address & OFFSET;
    }

    private long placeOf(long piece) {
        int slot = slot(piece);
        while (itsPlace[slot] != 0 && pieces[slot] != piece) {
            slot = slot + 1 & pieces.length - 1;
        }
        if (itsPlace[slot] != 0) {
            return itsPlace[slot];
        }
        // Place 0 stays free: a null pointer of the program points to nothing.
        if (taken + 1 >= places) {
            throw new WrongUsage(
                    "--fold-addresses: the program touches more than %d pieces of 1M, and there are places for"
                            .formatted(taken)
                            + " no more in the addresses that programs have here; play less of it with --accesses");
        }
        taken++;
        highest = Long.compareUnsigned(piece, highest) > 0 ? piece : highest;
        pieces[slot] = piece;
        itsPlace[slot] = taken;
        long place = taken;
        if (2 * taken > pieces.length) {
            grow();
        }
        return place;
    }

    private int slot(long piece) {
        return (int) (piece * 0x9e37_79b9_7f4a_7c15L >>> 40) & pieces.length - 1;
    }

    private void grow() {
        long[] oldPieces = pieces;
        long[] oldPlaces = itsPlace;
        pieces = new long[2 * oldPieces.length];
        itsPlace = new long[pieces.length];
        for (int i = 0; i < oldPieces.length; i++) {
            if (oldPlaces[i] != 0) {
                int slot = slot(oldPieces[i]);
                while (itsPlace[slot] != 0) {
                    slot = slot + 1 & pieces.length - 1;
                }
                pieces[slot] = oldPieces[i];
                itsPlace[slot] = oldPlaces[i];
            }
        }
    }

    /** A sentence about what was moved, or null when nothing was. */
    public @Nullable String about() {
        return taken == 0
                ? null
                : "folded the addresses below %#x, %d pieces of 1M of them, into those below %#x, in the order of first touch"
                        .formatted(highest + 1 << PIECE_SHIFT, taken, places << PIECE_SHIFT);
    }
}
