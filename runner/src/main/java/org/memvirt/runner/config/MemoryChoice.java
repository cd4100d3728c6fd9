package org.memvirt.runner.config;

import org.jspecify.annotations.Nullable;
import org.memvirt.api.architecture.AddressLayout;
import org.memvirt.api.option.Sizes;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.runner.usage.WrongUsage;

/**
 * How much memory a machine has, in bytes. What is not given is sized generously, for what is not touched costs nothing.
 *
 * @param guest guest-physical
 * @param host host-physical
 */
record MemoryChoice(long guest, long host) {
    private static final long GIB = 1L << 30;
    private static final long FOR_A_TRACE = 64 * GIB;

    // The kernel's own, and page tables: those of a dense mapping take 1/512 and a little more.
    private static final long KERNEL = 256L << 20;
    private static final int AREAS_OF_A_PROGRAM = 16;
    private static final int TABLE_SHARE = 64;
    private static final int VMM_SHARE = 16;
    private static final int SMALLEST_PAGE = 4096;
    private static final long LARGE_PAGE = 2L << 20;

    static MemoryChoice of(
            MachineOptions options,
            Footprint footprint,
            PageChoice pages,
            PageTableFormat format,
            @Nullable PageTableFormat stageTwo,
            @Nullable AddressLayout layout) {
        if (layout != null) {
            return withoutDirectMap(options, footprint, pages, layout);
        }
        boolean simulated = options.guestKernel.equals("simulated");
        long guest = options.guestMemory == null
                ? guest(footprint, 1L << pages.guestShift(), guestWidth(format, stageTwo, simulated))
                : within(format, simulated, given("--guest-memory", options.guestMemory));
        long host = options.hostMemory == null
                ? host(guest, footprint.vms(), 1L << pages.hostShift(),
                        width(stageTwo == null ? format.outputBits() : stageTwo.outputBits()))
                : given("--host-memory", options.hostMemory);
        return new MemoryChoice(guest, host);
    }

    /** Of a kernel that lives where hardware does not translate; a VMM needs room beside it. */
    private static MemoryChoice withoutDirectMap(
            MachineOptions options, Footprint footprint, PageChoice pages, AddressLayout layout) {
        long physical = width(layout.physicalBits());
        long share = physical / (footprint.vms() + 1) / SMALLEST_PAGE * SMALLEST_PAGE;
        long most = Math.min(layout.unmappedBytes(), share);
        long guest = options.guestMemory == null
                ? guest(footprint, 1L << pages.guestShift(), most)
                : given("--guest-memory", options.guestMemory);
        if (guest > layout.unmappedBytes()) {
            throw new WrongUsage("--guest-memory %s: its kernel reaches %s without the TLB; give at most that"
                    .formatted(Sizes.text(guest), Sizes.text(layout.unmappedBytes())));
        }
        long host = options.hostMemory == null
                ? host(guest, footprint.vms(), 1L << pages.hostShift(), physical)
                : given("--host-memory", options.hostMemory);
        if (host > physical) {
            throw new WrongUsage("--host-memory %s: physical addresses have %d bits; give at most %s"
                    .formatted(Sizes.text(host), layout.physicalBits(), Sizes.text(physical)));
        }
        return new MemoryChoice(guest, host);
    }

    private static long guest(Footprint footprint, long page, long most) {
        boolean known = footprint.bytes() != Footprint.UNKNOWN;
        long bytes = Math.min(footprint.bytes(), most);
        long ofProcess = known ? up(bytes, page) + 2 * page + bytes / TABLE_SHARE : AREAS_OF_A_PROGRAM * page;
        if (ofProcess > (most - KERNEL) / footprint.processes()) {
            return most;
        }
        long wanted = up(footprint.processes() * ofProcess + KERNEL, GIB);
        return Math.min(known ? wanted : Math.max(wanted, FOR_A_TRACE), most);
    }

    private static long host(long guest, int vms, long page, long most) {
        if (vms > 1) {
            // Each may lie in one piece, aligned as the largest pages are.
            long each = up(up(guest, page), guest >= GIB ? GIB : LARGE_PAGE) + guest / VMM_SHARE;
            return each > (most - KERNEL) / vms ? most : Math.min(up(vms * each + KERNEL, GIB), most);
        }
        return Math.min(up(up(guest, page) + guest / VMM_SHARE + KERNEL, GIB), most);
    }

    private static long guestWidth(PageTableFormat format, @Nullable PageTableFormat stageTwo, boolean simulated) {
        int bits = format.outputBits(format.pageShifts().getFirst());
        int reached = simulated ? Math.min(bits, kernelBits(format)) : bits;
        return width(stageTwo == null ? reached : Math.min(reached, stageTwo.inputBits()));
    }

    /** Bits of the addresses that the kernel has for its direct map: half of all, or those of its own root. */
    private static int kernelBits(PageTableFormat format) {
        int last = format.roots() - 1;
        return last == 0 ? format.inputBits() - 1 : format.ofRoot(last).inputBits();
    }

    private static long width(int bits) {
        return 1L << Math.min(bits, 62);
    }

    private static long up(long bytes, long step) {
        return (bytes + step - 1) / step * step;
    }

    /** Page tables, and the kernel's own pages, may lie anywhere: the smallest pages must reach all of the memory. */
    private static long within(PageTableFormat format, boolean simulated, long bytes) {
        int base = format.pageShifts().getFirst();
        long most = width(format.outputBits(base));
        if (bytes > most) {
            throw new WrongUsage(
                    "--guest-memory %s: tables and pages of %s of format %s lie below %s; give at most that"
                            .formatted(Sizes.text(bytes), Sizes.ofPage(base), format.name(), Sizes.text(most)));
        }
        most = width(kernelBits(format));
        if (simulated && bytes > most) {
            throw new WrongUsage(
                    "--guest-memory %s: a kernel with %s reaches %s by its direct map; give at most that, or"
                            .formatted(Sizes.text(bytes), format.name(), Sizes.text(most))
                            + " --guest-kernel free");
        }
        return bytes;
    }

    private static long given(String option, String text) {
        long bytes = size(option, text);
        if (bytes == 0 || bytes % SMALLEST_PAGE != 0) {
            throw new WrongUsage("%s %s: it is a multiple of 4K, and not 0".formatted(option, text));
        }
        return bytes;
    }

    /** Reads a size; what is none is the user's mistake. */
    static long size(String option, String text) {
        try {
            return Sizes.parse(text);
        } catch (IllegalArgumentException e) {
            throw new WrongUsage(option + ": " + e.getMessage(), e);
        }
    }
}
