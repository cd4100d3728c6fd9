package org.memvirt.x86;

import static org.memvirt.x86.EntryBits.ACCESSED;
import static org.memvirt.x86.EntryBits.DIRTY;
import static org.memvirt.x86.EntryBits.EXECUTE_DISABLE;
import static org.memvirt.x86.EntryBits.GLOBAL;
import static org.memvirt.x86.EntryBits.PAGE_SIZE;
import static org.memvirt.x86.EntryBits.PRESENT;
import static org.memvirt.x86.EntryBits.bits;

import java.util.ArrayList;
import java.util.List;
import org.memvirt.api.radix.Geometry;

/** The four paging modes, as shapes; SDM, "Paging Modes and Control Bits". */
enum PagingMode {
    /** 32-bit paging: two levels of 4-byte entries, pages of 4 MiB with CR4.PSE. */
    IA32("32bit", bits(31, 12)) {
        @Override
        Geometry geometry(Controls controls, long topReserved) {
            Geometry.Entry table = new Geometry.Entry(bits(31, 12), 0, 0, 0, ACCESSED);
            Geometry.Entry page = table;
            // With PSE-36 bits 20:13 of the entry are bits 39:32 of the page's address; those unused are reserved.
            int reservedFrom = controls.has(Controls.PSE36) ? highest(controls) - 19 : 13;
            Geometry.Entry large = new Geometry.Entry(bits(31, 22), bits(21, reservedFrom), 0, 0, ACCESSED)
                    .folding(bits(reservedFrom - 1, 13), 32 - 13);
            boolean pse = controls.has(Controls.PSE);
            List<Geometry.Level> levels = List.of(
                    new Geometry.Level(12, 10, 0, 0, Geometry.Entry.NONE, page),
                    pse ? splits(22, 10, table, large) : never(22, 10, table));
            int outputBits = pse && controls.has(Controls.PSE36) ? highest(controls) : 32;
            return shape(32, outputBits, false, 4, controls, levels);
        }

        /** SDM, "Paging-Structure Entries with 32-Bit Paging": PSE-36 reaches bit 39 at most. */
        private int highest(Controls controls) {
            return Math.min(40, controls.physicalBits());
        }
    },

    /**
     * PAE paging: four directory pointers, which restrict nothing, above two levels. The pointers are read from memory
     * in each walk, as AMD's processors do under nested paging (APM, "Nested Paging"); Intel's read them into registers
     * when CR3 is loaded.
     */
    PAE("pae", bits(31, 5)) {
        @Override
        Geometry geometry(Controls controls, long topReserved) {
            int physicalBits = controls.physicalBits();
            long encryption = controls.encryptionBit();
            // Bits 62:52 are reserved here, ignored in the other modes.
            long reserved = bits(62, physicalBits) & ~encryption | executeDisable(controls);
            Geometry.Entry table = new Geometry.Entry(bits(physicalBits - 1, 12), reserved, 0, 0, ACCESSED);
            long accessed = controls.has(Controls.PDPTE_ACCESSED) ? ACCESSED : 0;
            Geometry.Entry pointer = new Geometry.Entry(
                    bits(physicalBits - 1, 12),
                    bits(2, 1) | bits(8, 5) & ~accessed | bits(63, physicalBits) & ~encryption,
                    0,
                    -1,
                    0);
            List<Geometry.Level> levels = List.of(
                    new Geometry.Level(12, 9, 0, 0, Geometry.Entry.NONE, table),
                    splits(21, 9, table, large(21, physicalBits, reserved)),
                    never(30, 2, pointer));
            return shape(32, physicalBits, false, 8, controls, levels);
        }
    },

    /** 4-level paging. */
    FOUR_LEVEL("4level", bits(51, 12)) {
        @Override
        Geometry geometry(Controls controls, long topReserved) {
            return longMode(4, controls, topReserved);
        }
    },

    /** 5-level paging, CR4.LA57. */
    FIVE_LEVEL("5level", bits(51, 12)) {
        @Override
        Geometry geometry(Controls controls, long topReserved) {
            return longMode(5, controls, topReserved);
        }
    };

    private final String text;
    private final long rootMask;

    PagingMode(String text, long rootMask) {
        this.text = text;
        this.rootMask = rootMask;
    }

    /** The mode's name in options. */
    String text() {
        return text;
    }

    /** The bits of CR3 that are the address of the top table. */
    long rootMask() {
        return rootMask;
    }

    /**
     * The mode under these controls.
     *
     * @param topReserved what the processor's maker reserves beyond in the tables above level 3
     */
    abstract Geometry geometry(Controls controls, long topReserved);

    private static Geometry longMode(int levels, Controls controls, long topReserved) {
        int physicalBits = controls.physicalBits();
        long reserved = bits(51, physicalBits) & ~controls.encryptionBit() | executeDisable(controls);
        Geometry.Entry table = new Geometry.Entry(bits(physicalBits - 1, 12), reserved, 0, 0, ACCESSED);
        Geometry.Entry noSize =
                new Geometry.Entry(table.address(), reserved | PAGE_SIZE, 0, 0, ACCESSED);
        Geometry.Entry upper =
                new Geometry.Entry(table.address(), reserved | PAGE_SIZE | topReserved, 0, 0, ACCESSED);
        List<Geometry.Level> steps = new ArrayList<>();
        steps.add(new Geometry.Level(12, 9, 0, 0, Geometry.Entry.NONE, table));
        steps.add(splits(21, 9, table, large(21, physicalBits, reserved)));
        steps.add(controls.has(Controls.GBPAGES)
                ? splits(30, 9, table, large(30, physicalBits, reserved))
                : never(30, 9, noSize));
        for (int level = 4; level <= levels; level++) {
            steps.add(never(3 + 9 * level, 9, upper));
        }
        return shape(12 + 9 * levels, physicalBits, true, 8, controls, steps);
    }

    private static long executeDisable(Controls controls) {
        return controls.has(Controls.NXE) ? 0 : EXECUTE_DISABLE;
    }

    /** A large page: bit 12 is of its memory type, those between must be clear. */
    private static Geometry.Entry large(int shift, int physicalBits, long reserved) {
        return new Geometry.Entry(bits(physicalBits - 1, shift), reserved | bits(shift - 1, 13), 0, 0, ACCESSED);
    }

    /** A level whose entries map a page when their PS bit is set. */
    private static Geometry.Level splits(int shift, int indexBits, Geometry.Entry table, Geometry.Entry large) {
        return new Geometry.Level(shift, indexBits, PAGE_SIZE, PAGE_SIZE, table, large);
    }

    /** A level that maps no page. */
    private static Geometry.Level never(int shift, int indexBits, Geometry.Entry table) {
        return new Geometry.Level(shift, indexBits, 0, 1, table, Geometry.Entry.NONE);
    }

    private static Geometry shape(
            int inputBits,
            int outputBits,
            boolean canonical,
            int entryBytes,
            Controls controls,
            List<Geometry.Level> levels) {
        return new Geometry(
                inputBits,
                outputBits,
                canonical,
                entryBytes,
                PRESENT,
                EXECUTE_DISABLE,
                DIRTY,
                controls.has(Controls.PGE) ? GLOBAL : 0,
                levels);
    }
}
