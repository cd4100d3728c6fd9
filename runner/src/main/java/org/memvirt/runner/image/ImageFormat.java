package org.memvirt.runner.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.memvirt.runner.usage.BadInput;

/** One kind of file that holds a machine's memory and says where it lies. */
interface ImageFormat {
    /** Whether a file that begins so is of this kind. */
    boolean recognizes(ByteBuffer beginning);

    /**
     * Where the file has which memory.
     *
     * @throws BadInput when it is damaged, cut off, or holds what is no machine's memory
     */
    ImageLayout read(ImageBytes file) throws IOException;

    /** Whether a file begins with these bytes. */
    static boolean startsWith(ByteBuffer beginning, byte[] magic) {
        for (int i = 0; i < magic.length; i++) {
            if (beginning.limit() <= i || beginning.get(i) != magic[i]) {
                return false;
            }
        }
        return true;
    }
}
