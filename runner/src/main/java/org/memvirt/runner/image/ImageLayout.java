package org.memvirt.runner.image;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a file has which memory.
 *
 * @param machine whose memory it is, or null when nothing tells
 * @param pieces not empty; where two lie over each other, the first of them counts
 * @param placed whether the file itself says where its pieces belong
 * @param vmcoreinfo the text of the kernel's VMCOREINFO note, or null
 * @param note what was taken for granted, a sentence; or empty
 */
record ImageLayout(
        @Nullable ImageMachine machine, List<Piece> pieces, boolean placed, @Nullable String vmcoreinfo, String note) {
    ImageLayout {
        pieces = List.copyOf(pieces);
    }

    /** That of a file which says where its pieces belong. */
    static ImageLayout placed(@Nullable ImageMachine machine, List<Piece> pieces) {
        return new ImageLayout(machine, pieces, true, null, "");
    }
}
