package org.memvirt.runner.image;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.image.TableImage;

/**
 * The physical memory of a machine in a file, which is mapped into memory and only read. Opening takes as long whatever
 * the size is. Used by one thread.
 */
public final class MemoryImage implements TableImage, AutoCloseable {
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final String name;
    private final ImageLayout layout;
    private final Arena arena;
    private final MemorySegment file;
    /** By guest-physical address, none over another. */
    private final Piece[] pieces;

    private Piece last;

    /**
     * @param arena what the mapping lives in; closed with this
     * @param file the whole file
     */
    MemoryImage(String name, ImageLayout layout, Arena arena, MemorySegment file) {
        this.name = name;
        this.layout = layout;
        this.arena = arena;
        this.file = file;
        pieces = disjoint(layout.pieces()).toArray(Piece[]::new);
        last = pieces[0];
    }

    /** Whole words, ascending, without what another holds already: a core may have a segment for each virtual mapping. */
    private static List<Piece> disjoint(List<Piece> given) {
        List<Piece> ascending = new ArrayList<>();
        for (Piece piece : given) {
            long skipped = -piece.address() & Long.BYTES - 1;
            ascending.add(new Piece(
                    piece.address() + skipped, piece.bytes() - skipped & -Long.BYTES, piece.offset() + skipped));
        }
        ascending.sort(Comparator.comparing(Piece::address));
        List<Piece> disjoint = new ArrayList<>();
        long end = 0;
        for (Piece piece : ascending) {
            long covered = Math.max(0, end - piece.address());
            if (covered < piece.bytes()) {
                disjoint.add(
                        new Piece(piece.address() + covered, piece.bytes() - covered, piece.offset() + covered));
                end = piece.end();
            }
        }
        return disjoint.isEmpty() ? given : disjoint;
    }

    /** The file's name, for messages. */
    public String name() {
        return name;
    }

    /** Whose memory it is, or null when nothing tells. */
    public @Nullable ImageMachine machine() {
        return layout.machine();
    }

    /** Whether the file itself says where its pieces belong; a raw image does not. */
    public boolean isPlaced() {
        return layout.placed();
    }

    /** What its kernel tells debuggers of itself, in a note of a core; null when nothing does. */
    public @Nullable String vmcoreinfo() {
        return layout.vmcoreinfo();
    }

    /** What was taken for granted in reading it, a sentence; or empty. */
    public String note() {
        return layout.note();
    }

    /** How many bytes of memory it holds. */
    public long bytes() {
        long sum = 0;
        for (Piece piece : pieces) {
            sum += piece.bytes();
        }
        return sum;
    }

    /** What it holds, in words: {@code guest-physical 0x0-0x6000000 and 0xfffc0000-0x100000000}. */
    public String extent() {
        // Pieces that lie apart in the file may be one stretch of memory.
        List<Piece> stretches = new ArrayList<>();
        for (Piece piece : pieces) {
            Piece last = stretches.isEmpty() ? null : stretches.getLast();
            if (last != null && last.end() == piece.address()) {
                stretches.set(
                        stretches.size() - 1, new Piece(last.address(), last.bytes() + piece.bytes(), last.offset()));
            } else {
                stretches.add(piece);
            }
        }
        String text = "guest-physical " + stretches.getFirst();
        return switch (stretches.size()) {
            case 1 -> text;
            case 2 -> text + " and " + stretches.getLast();
            default ->
                    text + " and %d stretches up to %#x".formatted(stretches.size() - 1, stretches.getLast().end());
        };
    }

    @Override
    public boolean holds(long address, long bytes) {
        long from = address;
        long missing = bytes;
        while (missing > 0) {
            Piece piece = at(from);
            if (piece == null) {
                return false;
            }
            missing -= piece.end() - from;
            from = piece.end();
        }
        return true;
    }

    @Override
    public long load(long address) {
        Piece piece = at(address);
        if (piece == null) {
            throw new IndexOutOfBoundsException("%s does not hold %#x".formatted(name, address));
        }
        return file.get(WORD, piece.offset() + (address - piece.address()));
    }

    private @Nullable Piece at(long address) {
        Piece piece = last;
        if (address >= piece.address() && address < piece.end()) {
            return piece;
        }
        int low = 0;
        int high = pieces.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            piece = pieces[middle];
            if (address < piece.address()) {
                high = middle - 1;
            } else if (address >= piece.end()) {
                low = middle + 1;
            } else {
                last = piece;
                return piece;
            }
        }
        return null;
    }

    @Override
    public void close() {
        arena.close();
    }
}
