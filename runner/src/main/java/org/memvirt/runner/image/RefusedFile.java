package org.memvirt.runner.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A kind of file that is known by bytes at its beginning and cannot be read: what it is, and what to do.
 *
 * @param offset where the bytes lie
 * @param magic each character a byte
 */
record RefusedFile(int offset, String magic, String what) {
    /** How much of a file has to be known. */
    static final int BEGINNING_BYTES = 0x1_1000;

    private static final int PAGE_BYTES = 4096;

    private static final String ELF_CORE = "have QEMU write an ELF core: dump-guest-memory without -z, -l, -s or -w";
    private static final String UNPACK = "unpack it, and give what was in it";
    private static final String NO_MEMORY = "it holds no memory";

    /** Where one begins as another does, the longer comes first. */
    private static final List<RefusedFile> FIRST = List.of(
            // Linux: makedumpfile, QEMU's dump-guest-memory -z, -l, -s; diskdump and LKCD.
            of("KDUMP   ",
                    "a kdump-compressed dump: " + ELF_CORE + "; of a crashed kernel, have makedumpfile -E write one"
                            + " from /proc/vmcore"),
            of("makedumpfile",
                    "a flattened kdump: " + ELF_CORE + "; of a crashed kernel, have makedumpfile -E write one from"
                            + " /proc/vmcore"),
            of("DISKDUMP", "a diskdump: turn it into an ELF core"),
            of("\u00ed#\u008fas\u0001\u0019\u00a8", "a dump of LKCD: turn it into an ELF core"),
            of("AVML", "a compressed dump of AVML: turn it into one of LiME's format with avml-convert"),
            // Virtual machines.
            of("QEVM", "QEMU's stream of a saved machine (savevm, migrate): " + ELF_CORE),
            of("LibvirtQemudSave", "what virsh save writes: start the domain with virsh restore, and use virsh dump"
                    + " --memory-only"),
            of("LibvirtQemudPart", "what virsh save writes, cut off: use virsh dump --memory-only"),
            of("LinuxGuestRecord", "what Xen saves of a domain: use xl dump-core"),
            of("Xen saved domain", "what xl save writes: start the domain with xl restore, and use xl dump-core"),
            of("\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ffXENF", "what Xen saves of a domain: use xl dump-core"),
            of("\u00ed\u00eb\u000f\u00f0", oldXen()),
            of("\u00ee\u00eb\u000f\u00f0", oldXen()),
            of("\u00d0\u00be\u00d2\u00be", vmware()),
            of("\u00d1\u00ba\u00d1\u00ba", vmware()),
            of("\u00d2\u00be\u00d2\u00be", vmware()),
            of("\u00d3\u00be\u00d3\u00be", vmware()),
            of("\u007fVirtualBox SavedState",
                    "what VirtualBox saves of a machine: use VBoxManage debugvm NAME dumpvmcore"),
            // Windows.
            of("HIBR", hibernation()),
            of("hibr", hibernation()),
            of("WAKE", hibernation()),
            of("wake", hibernation()),
            of("RSTR", hibernation()),
            of("rstr", hibernation()),
            of("MDMP",
                    "a minidump of Windows, of one process: it holds no physical memory; take a complete memory dump of"
                            + " the machine"),
            // BSD and macOS.
            of("minidump FreeBSD", "a minidump of FreeBSD: take a full dump, with sysctl debug.minidump=0"),
            of("\u00cf\u00fa\u00ed\u00fe", "a Mach-O file: an image is an ELF core or raw"),
            // Containers of forensic tools.
            of("EVF\t\r\n\u00ff\0", ewf()),
            of("EVF2\r\n\u0081\0", ewf()),
            of("LVF\t\r\n\u00ff\0", ewf()),
            of("AFF10\r\n\0", "an AFF container: turn it into a raw image with affcat"),
            of("HPAK", "an HPAK container: take the memory out of it, as a raw image"),
            of("PK\u0003\u0004", "a zip archive, as AFF4 containers are: " + UNPACK),
            // Disks.
            of("QFI\u00fb", "a disk image (qcow2): " + NO_MEMORY + " but what savevm keeps; " + ELF_CORE),
            of("KDMV", "a disk image (VMDK): " + NO_MEMORY),
            of("# Disk DescriptorFile", "the description of a disk image (VMDK): " + NO_MEMORY),
            of("vhdxfile", "a disk image (VHDX): " + NO_MEMORY),
            of("conectix", "a disk image (VHD): " + NO_MEMORY),
            of("<<< ", "a disk image (VDI): " + NO_MEMORY),
            // Packers that are not read.
            of("\u001f\u009d", "packed with compress: unpack it with gzip -d first, or pack it with xz, gzip or zstd"),
            of("BZh", "packed with bzip2: unpack it with bzip2 -d first, or pack it with xz, gzip or zstd"),
            of("\u0089LZO", "packed with lzop: unpack it with lzop -d first, or pack it with xz, gzip or zstd"),
            of("\u0004\"M\u0018", "packed with lz4: unpack it with lz4 -d first, or pack it with xz, gzip or zstd"),
            of("7z\u00bc\u00af'\u001c", "a 7-Zip archive: " + UNPACK),
            of("Rar!", "a RAR archive: " + UNPACK));

    private static final List<RefusedFile> ALL = Stream.concat(
            FIRST.stream(),
            Stream.concat(
                    Stream.of(new RefusedFile(257, "ustar", "a tar archive: " + UNPACK)),
                    // Windows clears the first page when it has resumed; each later one begins with a compressed block.
                    IntStream.rangeClosed(1, BEGINNING_BYTES / PAGE_BYTES - 1)
                            .mapToObj(page -> new RefusedFile(page * PAGE_BYTES, "\u0081\u0081xpress", hibernation()))))
            .toList();

    private static RefusedFile of(String magic, String what) {
        return new RefusedFile(0, magic, what);
    }

    private static String oldXen() {
        return "a core of Xen 3.0's own format: have a later xl dump-core write an ELF core";
    }

    private static String vmware() {
        return "VMware's state of a suspended or saved machine: its memory is in the .vmem file beside it; give that, with"
                + " --memory-map if the machine's hole is not from 3 to 4 GiB. If there is none, have VMware's vmss2core -M"
                + " write an ELF core";
    }

    private static String hibernation() {
        return "a hibernation file of Windows, whose memory is compressed: turn it into a raw image, or take a complete"
                + " memory dump";
    }

    private static String ewf() {
        return "an EWF (EnCase) container: turn it into a raw image with ewfexport -f raw";
    }

    /** The one that a file which begins so is, or null. */
    static @Nullable RefusedFile find(ByteBuffer beginning) {
        for (RefusedFile kind : ALL) {
            byte[] magic = kind.bytes();
            if (kind.offset + magic.length <= beginning.limit()
                    && ImageFormat.startsWith(beginning.slice(kind.offset, magic.length), magic)) {
                return kind;
            }
        }
        return null;
    }

    byte[] bytes() {
        return magic.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** All of them, for tests. */
    static List<RefusedFile> all() {
        return ALL;
    }
}
