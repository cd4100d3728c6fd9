package org.memvirt.runner.image;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.memvirt.api.option.Sizes;
import org.memvirt.runner.usage.WrongUsage;

/**
 * Where the pieces of a raw image belong, as people give it: {@code ADDRESS=OFFSET+BYTES}, separated by commas; the last may
 * go without its bytes, and then has the rest of the file. Numbers are hexadecimal after 0x, or sizes such as 3G.
 */
public final class MemoryMap {
    private static final String OPTION = "--memory-map";
    private static final int HEX = 16;
    /** In place of a length: up to the file's end. */
    private static final long REST = -1;

    private final List<Piece> given;

    private MemoryMap(List<Piece> given) {
        this.given = given;
    }

    /** @throws WrongUsage when it is not written so, or two pieces have one address */
    public static MemoryMap parse(String text) {
        List<Piece> pieces = new ArrayList<>();
        String[] parts = text.split(",", -1);
        for (int i = 0; i < parts.length; i++) {
            String part = parts[i].strip();
            String[] sides = part.split("=", -1);
            String[] place = sides[sides.length - 1].split("\\+", -1);
            if (sides.length != 2 || place.length > 2 || place.length == 1 && i < parts.length - 1) {
                throw new WrongUsage("%s: '%s' is not ADDRESS=OFFSET+BYTES, such as 4G=3G+2G".formatted(OPTION, part));
            }
            pieces.add(new Piece(number(sides[0]), place.length == 2 ? number(place[1]) : REST, number(place[0])));
        }
        return new MemoryMap(pieces);
    }

    private static long number(String given) {
        String text = given.strip();
        try {
            if (text.startsWith("0x") || text.startsWith("0X")) {
                long number = Long.parseLong(text.substring(2).replace("_", ""), HEX);
                if (number >= 0) {
                    return number;
                }
            } else if (text.length() == 1 || text.matches("[0-9]+[KMGTkmgt]")) {
                return Sizes.parse(text);
            }
        } catch (IllegalArgumentException e) {
            throw new WrongUsage(wrong(text), e);
        }
        throw new WrongUsage(wrong(text));
    }

    private static String wrong(String text) {
        return "%s: '%s' is no number here: write 0x... in hex, or a size with K, M, G or T".formatted(OPTION, text);
    }

    /** @throws WrongUsage when a piece is not in the file, is empty, or lies over another */
    List<Piece> pieces(ImageBytes file) throws IOException {
        List<Piece> pieces = new ArrayList<>();
        for (Piece piece : given) {
            long rest = file.size() - piece.offset();
            long bytes = piece.bytes() == REST ? rest : piece.bytes();
            if (bytes <= 0 || bytes > rest || piece.address() + bytes < 0) {
                throw new WrongUsage("%s: the piece for %#x takes bytes %#x to %#x of %s, which has %#x"
                        .formatted(OPTION, piece.address(), piece.offset(), piece.offset() + Math.max(0, bytes),
                                file.name(), file.size()));
            }
            pieces.add(new Piece(piece.address(), bytes, piece.offset()));
        }
        pieces.sort(Comparator.comparing(Piece::address));
        for (int i = 1; i < pieces.size(); i++) {
            if (pieces.get(i).address() < pieces.get(i - 1).end()) {
                throw new WrongUsage(
                        "%s: the pieces %s and %s lie over each other".formatted(OPTION, pieces.get(i - 1),
                                pieces.get(i)));
            }
        }
        return pieces;
    }
}
