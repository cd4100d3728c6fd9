package org.memvirt.runner.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Files that tools write of a machine's memory and that are no images: their first bytes, and what to do instead. */
enum OtherDump {
    KDUMP("KDUMP   ", "a kdump-compressed dump; write an ELF core: dump-guest-memory without -z, -l, -s"),
    DISKDUMP("DISKDUMP", "a diskdump; turn it into an ELF core first"),
    FLATTENED("makedumpfile", "a flattened kdump; write an ELF core: dump-guest-memory without -z, -l, -s"),
    MIGRATION("QEVM", "QEMU's stream of a saved machine, not its memory; use dump-guest-memory"),
    LIBVIRT("LibvirtQemudSave", "libvirt's stream of a saved machine, not its memory; use virsh dump --memory-only"),
    LIBVIRT_PARTIAL("LibvirtQemudPart", "libvirt's stream of a saved machine, cut off; use virsh dump --memory-only"),
    LIME("EMiL", "a LiME dump; write it with format=raw or format=padded"),
    QCOW("QFI\u00fb", "a disk image");

    private final byte[] magic;
    private final String what;

    OtherDump(String magic, String what) {
        this.magic = magic.getBytes(StandardCharsets.ISO_8859_1);
        this.what = what;
    }

    /** The one that a file which begins so is, or null. */
    static @Nullable OtherDump of(ByteBuffer beginning) {
        for (OtherDump dump : values()) {
            int length = dump.magic.length;
            if (beginning.limit() >= length) {
                byte[] first = new byte[length];
                beginning.get(0, first);
                if (Arrays.equals(first, dump.magic)) {
                    return dump;
                }
            }
        }
        return null;
    }

    /** The words for people: what it is, and what to do. */
    @Override
    public String toString() {
        return what;
    }
}
