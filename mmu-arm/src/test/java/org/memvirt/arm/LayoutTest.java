package org.memvirt.arm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.memory.HostPort;
import org.memvirt.engine.memory.PhysicalMemory;

/** Where descriptors and root registers hold addresses; Arm ARM, "VMSAv8-64 descriptor formats" and "TTBR0_EL1". */
final class LayoutTest {
    private static Layout layout(String granule, int inputs, int levels, int outputs, boolean wide) {
        return new Layout(Granule.valueOf(granule), inputs, levels, outputs, wide);
    }

    /** A top table lies at a multiple of its size; bits 5:2 of the register are bits 51:48 where addresses have 52. */
    @ParameterizedTest
    @CsvSource({
        "K4, 48, 4, 48, false, 0xffffffffffffffff, 0xfffffffff000", "K4, 48, 4, 48, false, 0x100000000103c, 0x1000",
        "K4, 39, 3, 40, false, 0x1fff, 0x1000", "K4, 40, 3, 40, false, 0x3fff, 0x2000",
        "K4, 43, 3, 40, false, 0x1ffff, 0x10000", "K4, 25, 2, 40, false, 0x1fff, 0x1f80",
        "K4, 30, 2, 40, false, 0x1fff, 0x1000", "K4, 52, 5, 52, true, 0x107f, 0xf000000001000",
        "K4, 25, 2, 52, true, 0x1fff, 0xf000000001f80", "K4, 48, 4, 48, true, 0x103c, 0xf000000001000",
        "K16, 48, 4, 48, false, 0x1fff, 0x1ff0", "K16, 48, 4, 48, true, 0x1fff, 0xf000000001fc0",
        "K16, 47, 3, 48, false, 0x7fff, 0x4000", "K64, 48, 3, 48, false, 0x1fff, 0x1e00",
        "K64, 48, 3, 48, true, 0x103c, 0x1000", "K64, 48, 3, 52, true, 0x103c, 0xf000000001000",
        "K64, 42, 2, 52, true, 0x1ffff, 0xf000000010000", "K64, 52, 3, 52, true, 0x1fff, 0xf000000000000"
    })
    void rootRegisters(
            String granule, int inputs, int levels, int outputs, boolean wide, String register, String table) {
        Layout layout = layout(granule, inputs, levels, outputs, wide);
        long address = Long.decode(table);
        long held = Long.parseUnsignedLong(register.substring(2), 16);
        assertThat("0x%x".formatted(layout.rootTable(held))).isEqualTo(table);
        assertThat(layout.rootTable(layout.rootRegister(address))).isEqualTo(address);
        assertThat(layout.rootRegister(address)).isEqualTo(address & 0xffff_ffff_ffffL | address >>> 48 << 2);
    }

    /** The region of a root that is too wide is told by {@link Region#holdsRoot}: no bit of it may lie above the outputs. */
    @ParameterizedTest
    @CsvSource({
        "40, 0xfffffff000, true", "40, 0x10000001000, false", "48, 0xfffffffff000, true", "36, 0x1000001000, false"
    })
    void rootsInRange(int outputs, String root, boolean expected) {
        Layout layout = layout("K4", 48, 4, outputs, false);
        Region region = new Region(Granule.K4, 48, true, outputs, false, 4);
        assertThat(region.holdsRoot(layout, Long.decode(root))).isEqualTo(expected);
    }

    private final PhysicalMemory memory = new PhysicalMemory(1L << 20);

    /**
     * Walks a chain of tables at 0x10000, 0x20000, and so on, of which the entry of the level before the last that is read is
     * {@code entry}.
     *
     * @return the status after a fault, else the address and the offset bits of the page
     */
    private String walked(Granule granule, String options, int steps, long entry) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String option : options.trim().split(" ")) {
            values.put(option.split("=")[0], option.split("=")[1]);
        }
        StageOneFormat format = TwoHalves.half(granule, Half.LOWER, values);
        long table = 0x10000;
        for (int step = 1; step < steps; step++, table += 0x10000) {
            memory.store(table, table + 0x10000 | 3);
        }
        memory.store(table, entry);
        Walk walk = Walk.outer();
        walk.start(0x10000, 0, Rights.SUPERVISOR_READ);
        format.walk(walk, new HostPort(memory));
        return walk.succeeded()
                ? "0x%x %d".formatted(walk.outputAddress, walk.pageShift)
                : "0x%x".formatted(FaultEncoding.encode(walk).fields().get("fst"));
    }

    /** The fault status: 0x04 to 0x07 a translation fault of level 0 to 3, 0x00 to 0x03 an address size fault. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # Blocks, pages, and bit 1 clear at the last level.
            K4  | va-bits=48             | 4 | 0x5403             | 0x5000 12
            K4  | va-bits=48             | 4 | 0x5401             | 0x7
            K4  | va-bits=48             | 4 | 0x5402             | 0x7
            K4  | va-bits=48             | 3 | 0x200401           | 0x200000 21
            K4  | va-bits=48             | 2 | 0x40000401         | 0x40000000 30
            # Bits of a block below its size are not its address.
            K4  | va-bits=48             | 3 | 0x3ff401           | 0x200000 21
            # No block at level 0 but with addresses of 52 bits, nor at level 1 of 16K, nor at level -1.
            K4  | va-bits=48             | 1 | 0x401              | 0x4
            K4  | va-bits=48 lpa=on      | 1 | 0x8000000401       | 0x8000000000 39
            K4  | va-bits=52 lpa=on      | 1 | 0x401              | 0x2b
            K16 | va-bits=47             | 1 | 0x401              | 0x5
            K16 | va-bits=47             | 2 | 0x2000401          | 0x2000000 25
            K16 | va-bits=47 lpa=on      | 1 | 0x1000000401       | 0x1000000000 36
            K64 | va-bits=48             | 1 | 0x401              | 0x5
            K64 | va-bits=48             | 2 | 0x20000401         | 0x20000000 29
            K64 | va-bits=48 lpa=on      | 1 | 0x40000000401      | 0x40000000000 42
            # Bits above the size of outputs: in a page, a block, a table.
            K4  | va-bits=48 pa-bits=40  | 4 | 0x10000005403      | 0x3
            K4  | va-bits=48 pa-bits=40  | 3 | 0x10000000401      | 0x2
            K4  | va-bits=48 pa-bits=40  | 1 | 0x10000005003      | 0x0
            K4  | va-bits=48 pa-bits=42  | 4 | 0x10000005403      | 0x10000005000 12
            # A block that cannot be is a translation fault whatever its address is.
            K4  | va-bits=48 pa-bits=40  | 1 | 0x10000000401      | 0x4
            # The highest bits of 52: in bits 15:12 with 64K, else in bits 9:8, with bits 49:48 in their place.
            K64 | va-bits=48 lpa=on pa-bits=52 | 3 | 0x1f403      | 0xf000000010000 16
            K64 | va-bits=48 lpa=on pa-bits=48 | 3 | 0x1f403      | 0x3
            K64 | va-bits=48             | 3 | 0x1f403            | 0x10000 16
            K4  | va-bits=48 lpa=on pa-bits=52 | 4 | 0x3000000005703 | 0xf000000005000 12
            K4  | va-bits=48 lpa=on pa-bits=48 | 4 | 0x1000000005403 | 0x3
            K4  | va-bits=48 lpa=on pa-bits=48 | 4 | 0x5503       | 0x3
            K4  | va-bits=48             | 4 | 0x3000000005703    | 0x5000 12
            K16 | va-bits=47 lpa=on pa-bits=52 | 3 | 0x2000000008603 | 0xa000000008000 14
            # The contiguous bit: 16 pages, 128 and 32 with 16K, 32 with 64K; its own part is within.
            K4  | va-bits=48             | 4 | 0x10000000010403   | 0x10000 16
            K4  | va-bits=48             | 3 | 0x10000002000401   | 0x2000000 25
            K4  | va-bits=48             | 2 | 0x10000400000401   | 0x400000000 34
            K16 | va-bits=47             | 3 | 0x10000000200403   | 0x200000 21
            K16 | va-bits=47             | 2 | 0x10000040000401   | 0x40000000 30
            K64 | va-bits=48             | 3 | 0x10000000200403   | 0x200000 21
            K64 | va-bits=48             | 2 | 0x10000400000401   | 0x400000000 34
            """)
    void descriptors(Granule granule, String options, int steps, String entry, String expected) {
        assertThat(walked(granule, options, steps, Long.decode(entry))).isEqualTo(expected);
    }

    /** Where the top table has fewer entries than the bit joins, or just as many, the bit says nothing. */
    @ParameterizedTest
    @CsvSource({"34, 30", "35, 34", "33, 30"})
    void contiguousTopTables(int inputs, int expected) {
        assertThat(walked(Granule.K4, "va-bits=" + inputs, 1, 0x10000400000401L))
                .isEqualTo("0x400000000 " + expected);
    }

    /** TABLE descriptors hold the next table from bit 12 with 4K, 14 with 16K, 16 with 64K: lower bits are not its address. */
    @ParameterizedTest
    @CsvSource({"K4, 0x5ffb, 0x5000", "K16, 0xbffb, 0x8000", "K64, 0x5fffb, 0x50000"})
    void tables(Granule granule, String entry, String table) {
        StageOneFormat format = TwoHalves.half(granule, Half.LOWER, Map.of());
        assertThat(format.describe(2, 0, Long.decode(entry))).isEqualTo("table at " + table + ", allows rwxrwx");
        assertThat(format.tableEntry(Long.decode(table), 2)).isEqualTo(Long.decode(table) | 3);
    }
}
