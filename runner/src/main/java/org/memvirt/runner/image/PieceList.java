package org.memvirt.runner.image;

import java.util.ArrayList;
import java.util.List;

/** Pieces that are told of page by page: what goes on both in memory and in the file becomes one. */
final class PieceList {
    private final List<Piece> pieces = new ArrayList<>();

    void add(long address, long bytes, long offset) {
        if (!pieces.isEmpty()) {
            Piece last = pieces.getLast();
            if (last.end() == address && last.offset() + last.bytes() == offset) {
                pieces.set(pieces.size() - 1, new Piece(last.address(), last.bytes() + bytes, last.offset()));
                return;
            }
        }
        pieces.add(new Piece(address, bytes, offset));
    }

    boolean isEmpty() {
        return pieces.isEmpty();
    }

    List<Piece> all() {
        return pieces;
    }
}
