package org.memvirt.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.radix.Geometry.HighBits;
import org.memvirt.api.radix.RadixFormat;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.Mapping;
import org.memvirt.api.table.MappingConflict;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.walk.Walk;

/** Software's edits of each format's tables, seen again by software and by the walk. */
class PageTableRoundTripTest {
    /** Rights that every format can tell: what is asked for is what both software and the walk then find. */
    private static final int[] RIGHTS = {
        Rights.ALL, Rights.READ, Rights.READ | Rights.WRITE, Rights.READ | Rights.EXECUTE
    };

    @ParameterizedTest
    @CsvSource({
        "x86-64, 12", "x86-64, 21", "x86-64, 30", "x86-64-la57, 12", "x86-64-la57, 21", "x86-64-la57, 30", "pae, 12",
        "pae, 21", "ia32, 12", "ia32, 22", "npt, 12", "npt, 21", "npt, 30", "ept, 12", "ept, 21", "ept, 30", "ept5, 12",
        "ept5, 21", "ept5, 30"
    })
    void mappedPageIsFoundAndWalkedAndGone(String name, int pageShift) {
        RadixFormat format = OneMapping.format(name, "");
        PlainMemory memory = new PlainMemory();
        PageTable table = format.create(memory, memory);
        long empty = memory.allocated();
        Set<Long> changesTop = new HashSet<>();
        int[] supported = name.equals("ia32") ? new int[] {Rights.ALL, Rights.READ | Rights.EXECUTE} : RIGHTS;
        for (long base : inputs(format, pageShift)) {
            for (int rights : supported) {
                long output = (1L << format.outputBits()) - (1L << pageShift);
                if (name.equals("ia32") && pageShift == 12) {
                    output &= 0xffff_ffffL;
                }
                // The directory pointers of PAE are loaded with CR3.
                Invalidation expected = name.equals("pae") && changesTop.add(base >>> 30)
                        ? Invalidation.root(base & -1L << 30, 1L << 30)
                        : Invalidation.NOTHING;
                assertThat(table.map(base, output, pageShift, rights, PageTable.ACCESSED | PageTable.DIRTY))
                        .isEqualTo(expected);
                Mapping found = table.find(base + (1L << pageShift) - 1);
                assertThat(found.inputAddress()).isEqualTo(base);
                assertThat(found.outputAddress()).isEqualTo(output);
                assertThat(found.pageShift()).isEqualTo(pageShift);
                assertThat(Rights.text(found.allowed())).isEqualTo(Rights.text(rights));
                Walk walk = Walk.outer();
                walk.start(table.root(), base + 0x568, Rights.SUPERVISOR_READ);
                format.walk(walk, memory);
                assertThat(walk.outputAddress).isEqualTo(output + 0x568);
                assertThat(walk.pageShift).isEqualTo(pageShift);
                assertThat(Rights.text(walk.allowed)).isEqualTo(Rights.text(rights));
                assertThat(table.protect(base, Rights.READ | Rights.EXECUTE))
                        .isEqualTo(Invalidation.page(base, pageShift));
                assertThat(table.find(base).allowed()).isEqualTo(Rights.READ | Rights.EXECUTE);
                assertThat(table.find(base).outputAddress()).isEqualTo(output);
                assertThat(table.unmap(base)).isEqualTo(Invalidation.page(base, pageShift));
                assertThat(table.find(base)).isNull();
                assertThat(table.unmap(base)).isEqualTo(Invalidation.NOTHING);
            }
        }
        assertThat(table.bytes()).isEqualTo(memory.allocated()).isGreaterThanOrEqualTo(empty);
        table.release();
        assertThat(memory.allocated()).isZero();
    }

    private static List<Long> inputs(RadixFormat format, int pageShift) {
        long half = 1L << format.inputBits() - 1;
        List<Long> inputs = new ArrayList<>(List.of(0L, half - (1L << pageShift)));
        inputs.add(format.geometry().highBits() == HighBits.SIGN ? -half : half);
        inputs.add(
                format.geometry().highBits() == HighBits.SIGN ? -(1L << pageShift) : half + half - (1L << pageShift));
        return inputs;
    }

    /** Random maps, unmaps and protects of all sizes, against a map from page to mapping. */
    @ParameterizedTest
    @ValueSource(strings = {"x86-64", "x86-64-la57", "pae", "ia32", "npt", "ept", "ept5"})
    void randomHistoryAgreesWithAMap(String name) {
        long seed = 0x5eed_0001;
        Random random = new Random(seed);
        RadixFormat format = OneMapping.format(name, "");
        PlainMemory memory = new PlainMemory();
        PageTable table = format.create(memory, memory);
        TreeMap<Long, Mapping> model = new TreeMap<>();
        List<Integer> shifts = format.pageShifts();
        for (int step = 0; step < 3000; step++) {
            int shift = shifts.get(random.nextInt(shifts.size()));
            long input =
                    ((long) random.nextInt(4) << 30 | (long) random.nextInt(4) << 22 | (long) random.nextInt(4) << 12)
                            & -1L << shift;
            Map.Entry<Long, Mapping> below = model.floorEntry(input);
            Mapping there =
                    below != null && input < below.getKey() + below.getValue().bytes() ? below.getValue() : null;
            String what = "seed %#x step %d: %#x, 2^%d".formatted(seed, step, input, shift);
            if (random.nextInt(3) > 0) {
                long output = (long) random.nextInt(0x40) << 30 & (1L << Math.min(32, format.outputBits())) - 1;
                boolean free = there == null
                        && (model.ceilingKey(input) == null || model.ceilingKey(input) >= input + (1L << shift));
                if (free) {
                    table.map(input, output, shift, Rights.ALL, 0);
                    model.put(
                            input,
                            new Mapping(
                                    input, output, shift, Rights.ALL, false, name.startsWith("ept"),
                                    name.startsWith("ept")));
                } else {
                    assertThatThrownBy(() -> table.map(input, output, shift, Rights.ALL, 0))
                            .as(what)
                            .isInstanceOf(MappingConflict.class);
                }
            } else if (there != null) {
                assertThat(table.unmap(input)).as(what).isEqualTo(
                        Invalidation.page(there.inputAddress(), there.pageShift()));
                model.remove(there.inputAddress());
            } else {
                assertThat(table.unmap(input)).as(what).isEqualTo(Invalidation.NOTHING);
            }
            List<Mapping> all = new ArrayList<>();
            if (step % 100 == 0) {
                table.forEach(all::add);
                assertThat(all).as(what).containsExactlyElementsOf(model.values());
                assertThat(table.bytes()).as(what).isEqualTo(memory.allocated());
            }
        }
    }

    @Test
    void largePageTakesThePlaceOfEmptyTables() {
        RadixFormat format = OneMapping.format("x86-64", "");
        PlainMemory memory = new PlainMemory();
        PageTable table = format.create(memory, memory);
        table.map(0, 0x1000, 12, Rights.ALL, 0);
        table.unmap(0);
        assertThat(memory.allocated()).isEqualTo(4 * 4096);
        assertThat(table.map(0, 0, 30, Rights.ALL, 0)).isEqualTo(Invalidation.tables(0, 1L << 30));
        assertThat(memory.allocated()).isEqualTo(2 * 4096);
        assertThat(table.find(0x1234).pageShift()).isEqualTo(30);
    }

    @Test
    void directoryPointersTake32Bytes() {
        RadixFormat format = OneMapping.format("pae", "");
        PlainMemory memory = new PlainMemory();
        PageTable table = format.create(memory, memory);
        assertThat(memory.allocated()).isEqualTo(32);
        assertThat(table.bytes()).isEqualTo(32);
    }

    @Test
    void pagesOf4MAboveFourGigabytesAreFolded() {
        OneMapping mapping = new OneMapping("ia32", "", 22);
        assertThat(mapping.output).isEqualTo(0x3_c000_0000L);
        assertThat(mapping.entry(2) & 0xffff_f000L).isEqualTo(0xc000_0000L | 3 << 13);
        assertThat(mapping.access(Rights.USER_READ).outputAddress).isEqualTo(mapping.output);
    }

    @Test
    void refusesWhatItsEntriesCannotHold() {
        RadixFormat format = OneMapping.format("ia32", "");
        PlainMemory memory = new PlainMemory();
        PageTable table = format.create(memory, memory);
        assertThatThrownBy(() -> table.map(0, 1L << 32, 12, Rights.ALL, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("0x100000000");
        memory.allocateFrom(1L << 32);
        assertThatThrownBy(() -> table.map(0, 0, 12, Rights.ALL, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("0x100000000");
        assertThat(table.find(0)).isNull();
        assertThat(memory.allocated()).isEqualTo(4096);
    }

    @ParameterizedTest
    @CsvSource({
        "x86-64, gbpages=off, '[12, 21]'",
        "ia32, pse=off, '[12]'",
        "pae, '', '[12, 21]'",
        "ept, gbpages=off, '[12, 21]'",
        "x86-64, '', '[12, 21, 30]'"
    })
    void pageSizesFollowTheProcessor(String format, String options, String shifts) {
        assertThat(OneMapping.format(format, options).pageShifts()).hasToString(shifts);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # format | options | asked              | given: a user page has the user's rights, every page can be read
            x86-64   |         | rwx---             | rwxrwx
            x86-64   |         | r-----             | r--r--
            x86-64   |         | r--rw-             | r--r--
            x86-64   |         | -w----             | rw-rw-
            x86-64   |         | --x---             | r-xr-x
            x86-64   |         | ---rw-             | ---rw-
            x86-64   |         | -----x             | ---r-x
            x86-64   | nxe=off | r-----             | r-xr-x
            x86-64   | wp=off  | r--rw-             | r--rw-
            ia32     |         | ---rw-             | ---rwx
            npt      |         | ---r--             | r--r--
            npt      |         | ---rw-             | rw-rw-
            npt      | nxe=off | r--r--             | r-xr-x
            ept      |         | r-----             | r--r--
            ept      |         | -w--w-             | rw-rw-
            ept      |         | --x--x             | --x--x
            ept      | xo=off  | --x--x             | r-xr-x
            ept      | mbec=on | --x---             | --x---
            ept      | mbec=on | r-xr--             | r-xr--
            ept      | mbec=on | r--r-x             | r--r-x
            """)
    void givesTheRightsThatItCanTellApart(String format, String options, String asked, String given) {
        OneMapping mapping = new OneMapping(format, options == null ? "" : options, 12);
        int rights = 0;
        for (int bit = 0; bit < 6; bit++) {
            rights |= asked.charAt(bit) == '-' ? 0 : 1 << bit;
        }
        mapping.table.protect(mapping.input, rights);
        assertThat(Rights.text(mapping.table.find(mapping.input).allowed())).isEqualTo(given);
        assertThat(Rights.text(mapping.allowed())).isEqualTo(given);
    }

    @ParameterizedTest
    @CsvSource({"x86-64, '', true", "x86-64, pge=off, false", "pae, '', true", "ia32, pge=off, false",
        "ept, '', false"})
    void globalNeedsPge(String format, String options, boolean global) {
        OneMapping mapping = new OneMapping(format, options, 12, PageTable.GLOBAL);
        assertThat(mapping.access(Rights.USER_READ).global).isEqualTo(global);
        assertThat(mapping.table.find(mapping.input).global()).isEqualTo(global);
    }
}
