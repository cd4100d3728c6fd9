package org.memvirt.x86;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.image.TableAnomaly;
import org.memvirt.api.image.TableImage;
import org.memvirt.api.image.TableListing;
import org.memvirt.api.radix.Geometry;
import org.memvirt.api.radix.RadixFormat;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;

/** Listings of tables as no kernel, or no sound one, leaves them: they end, and say what is odd. */
class DamagedTablesTest {
    private static final long TABLE = 0x67;
    private static final long PAGE = 0x1000;
    private static final int MOST = 2000;
    private static final long END = 0x100_0000;

    private final PlainMemory memory = new PlainMemory();

    /** The memory up to {@link #END}, which counts what is read of it. */
    private final class Image implements TableImage {
        long loads;

        @Override
        public boolean holds(long address, long bytes) {
            return address >= 0 && address + bytes <= END;
        }

        @Override
        public long load(long address) {
            assertThat(holds(address, Long.BYTES)).isTrue();
            loads++;
            return memory.load(address);
        }
    }

    private final Image image = new Image();

    private static PageTableFormat x86() {
        return LinearFormat.fourLevel();
    }

    private TableListing list(long root) {
        return x86().list(image, root);
    }

    private static List<Long> inputs(TableListing listing) {
        List<Long> inputs = new ArrayList<>();
        listing.forEach((input, _, _, _, _, _) -> inputs.add(input));
        return inputs;
    }

    private long newTable() {
        return memory.allocate(PAGE);
    }

    @Test
    void aTableThatIsEnteredThroughManyEntriesIsListedOnceForEach() {
        long root = newTable();
        long directory = newTable();
        memory.store(root, newTable() | TABLE);
        long pointers = memory.load(root) & -PAGE;
        long last = newTable();
        memory.store(directory + 8, last | TABLE);
        memory.store(last + 16, 0x1000 | TABLE);
        for (int index = 0; index < 512; index++) {
            memory.store(pointers + index * 8, directory | TABLE);
        }
        TableListing listing = list(root);
        assertThat(listing.leaves()).isEqualTo(Map.of(12, 512L, 21, 0L, 30, 0L));
        assertThat(listing.tables()).isEqualTo(4);
        assertThat(listing.bytes()).isEqualTo(4 * PAGE);
        assertThat(listing.anomalies()).isEmpty();
        List<Long> inputs = inputs(listing);
        assertThat(inputs).hasSize(512).isSorted();
        assertThat(inputs.get(511)).isEqualTo(511L << 30 | 1L << 21 | 2L << 12);
    }

    /** As Windows does: the tables then are pages that the kernel sees in one window. */
    @Test
    void anEntryThatLeadsBackToTheTopShowsTheTablesAsPages() {
        PageTable table = x86().create(memory, memory);
        table.map(0x40_0000, 0x5000, 12, Rights.ALL, 0);
        long root = table.root() & -PAGE;
        memory.store(root + 0x1ed * 8, root | TABLE);
        TableListing listing = list(table.root());
        assertThat(listing.anomalies())
                .containsExactly(new TableAnomaly(
                        TableAnomaly.Kind.LOOP, 1, 4, root + 0x1ed * 8, root | TABLE, 0x1edL << 39 | -1L << 48));
        // The page, and the four tables on the way to it, as pages.
        assertThat(listing.leaves()).containsEntry(12, 5L);
        assertThat(listing.tables()).isEqualTo(4);
        assertThat(inputs(listing))
                .containsExactly(
                        0x40_0000L,
                        0xffff_f680_0000_2000L,
                        0xffff_f6fb_4000_0000L,
                        0xffff_f6fb_7da0_0000L,
                        0xffff_f6fb_7dbe_d000L);
    }

    @Test
    void aTableFullOfEntriesToItselfIsCountedAndNotFollowedForEver() {
        long root = newTable();
        for (int index = 0; index < 512; index++) {
            memory.store(root + index * 8, root | TABLE);
        }
        TableListing listing = list(root);
        assertThat(listing.leaves()).isEqualTo(Map.of(12, 1L << 36, 21, 0L, 30, 0L));
        assertThat(listing.tables()).isEqualTo(1);
        assertThat(listing.anomalies())
                .containsExactly(new TableAnomaly(TableAnomaly.Kind.LOOP, 512, 4, root, root | TABLE, 0));
        assertThat(image.loads).isLessThan(20_000);
        int[] told = new int[1];
        assertThat(listing.forEach((_, _, _, _, _, _) -> ++told[0] < 1000)).isFalse();
        assertThat(told[0]).isEqualTo(1000);
    }

    /** 512^4 ways, and not one page at their ends. */
    @Test
    void tablesWithoutAPageBelowAreNotEnteredForEachWay() {
        PageTableFormat five = LinearFormat.fiveLevel();
        long[] tables = {newTable(), newTable(), newTable(), newTable(), newTable()};
        for (int level = 0; level < 4; level++) {
            for (int index = 0; index < 512; index++) {
                memory.store(tables[level] + index * 8, tables[level + 1] | TABLE);
            }
        }
        TableListing listing = five.list(image, tables[0]);
        assertThat(inputs(listing)).isEmpty();
        assertThat(listing.anomalies()).isEmpty();
        assertThat(image.loads).isLessThan(20_000);
        memory.store(tables[4], 0x1000 | TABLE);
        assertThat(five.list(image, tables[0]).leaves()).containsEntry(12, 1L << 36);
    }

    @Test
    void aLoopBetweenTablesOfDifferentLevelsIsFoundWhereItLeadsUp() {
        long root = newTable();
        long pointers = newTable();
        long directory = newTable();
        memory.store(root, pointers | TABLE);
        memory.store(pointers, directory | TABLE);
        memory.store(directory + 0x18, pointers | TABLE);
        TableListing listing = list(root);
        assertThat(listing.anomalies())
                .containsExactly(new TableAnomaly(
                        TableAnomaly.Kind.LOOP, 1, 2, directory + 0x18, pointers | TABLE, 3L << 21));
        // The pointer table, as a last one, has one entry, which maps the directory as a page.
        assertThat(inputs(listing)).containsExactly(3L << 21);
    }

    @Test
    void entriesToTablesBeyondTheImageAreCountedAndNotFollowed() {
        PageTable table = x86().create(memory, memory);
        table.map(0x40_0000, 0x5000, 12, Rights.ALL, 0);
        long root = table.root() & -PAGE;
        memory.store(root + 8, END | TABLE);
        memory.store(root + 24, 0x7_ffff_ffff_f000L & -PAGE | TABLE);
        TableListing listing = list(table.root());
        assertThat(listing.anomalies())
                .containsExactly(new TableAnomaly(
                        TableAnomaly.Kind.MISSING_TABLE, 2, 4, root + 8, END | TABLE, 1L << 39));
        assertThat(inputs(listing)).containsExactly(0x40_0000L);
        assertThat(listing.tables()).isEqualTo(4);
    }

    @Test
    void aPageBeyondTheImageIsAPage() {
        PageTable table = x86().create(memory, memory);
        table.map(0x40_0000, 0xfee0_0000L, 12, Rights.ALL, 0);
        assertThat(list(table.root()).anomalies()).isEmpty();
        assertThat(inputs(list(table.root()))).containsExactly(0x40_0000L);
    }

    @Test
    void malformedEntriesMapNothing() {
        PageTableFormat narrow = x86().with(Map.of("maxphyaddr", "40", "nxe", "off"));
        PageTable table = narrow.create(memory, memory);
        table.map(0x40_0000, 0x5000, 12, Rights.ALL, 0);
        table.map(0x8000_0000L, 0x4000_0000L, 30, Rights.ALL, 0);
        long root = table.root() & -PAGE;
        long pointers = memory.load(root) & -PAGE;
        memory.store(root + 8, memory.load(root) | 1L << 45);
        memory.store(pointers + 24, 0x4000_2000L | 0xe7);
        memory.store(pointers + 32, 0x4000_0000L | 0xe7 | 1L << 63);
        TableListing listing = narrow.list(image, table.root());
        assertThat(listing.anomalies())
                .containsExactly(new TableAnomaly(
                        TableAnomaly.Kind.MALFORMED, 3, 4, root + 8, memory.load(root + 8), 1L << 39));
        assertThat(inputs(listing)).containsExactly(0x40_0000L, 0x8000_0000L);
        assertThat(listing.leaves()).isEqualTo(Map.of(12, 1L, 21, 0L, 30, 1L));
    }

    @Test
    void rightsAreThoseOfAllLevelsAndBitsAreTheLeafsOwn() {
        PageTable table = x86().create(memory, memory);
        table.map(0x40_0000, 0x5000, 12, Rights.ALL, PageTable.GLOBAL | PageTable.DIRTY);
        long root = table.root() & -PAGE;
        memory.store(root, memory.load(root) & ~2 | 1L << 63);
        List<String> told = new ArrayList<>();
        list(table.root()).forEach((input, output, shift, rights, attributes, entry) -> told.add(
                "%#x %#x %d %s %d %#x".formatted(input, output, shift, Rights.text(rights), attributes, entry)));
        assertThat(told)
                .containsExactly("0x400000 0x5000 12 r--r-- %d 0x5147".formatted(PageTable.GLOBAL | PageTable.DIRTY));
    }

    @Test
    void entriesOfFourBytesAreReadTwoFromAWord() {
        PageTableFormat ia32 = LinearFormat.ia32();
        PageTable table = ia32.create(memory, memory);
        table.map(0x1000, 0x5000, 12, Rights.ALL, 0);
        table.map(0x2000, 0x6000, 12, Rights.ALL, 0);
        table.map(0xffc0_0000L, 0xff_c040_0000L & -1L << 22, 22, Rights.ALL, 0);
        List<String> told = new ArrayList<>();
        ia32.list(image, table.root()).forEach((input, output, shift, _, _, _) -> told.add(
                "%#x %#x %d".formatted(input, output, shift)));
        assertThat(told).containsExactly("0x1000 0x5000 12", "0x2000 0x6000 12", "0xffc00000 0xffc0400000 22");
    }

    /** Tables at random that lead to one another: a listing ends, and tells of what walks find. */
    @ParameterizedTest
    @ValueSource(strings = {"x86-64", "x86-64-la57", "pae", "ia32", "ept", "npt"})
    void whatIsListedIsWhatWalksFind(String name) {
        RadixFormat format = OneMapping.format(name, "");
        int tables = 12;
        int bytes = format.geometry().entryBytes();
        int compared = 0;
        int damaged = 0;
        int whole = 0;
        int hits = 0;
        for (int round = 0; round < 60; round++) {
            SplittableRandom random = new SplittableRandom(round);
            long base = memory.allocate(PAGE * tables);
            for (int entry = 0; entry < 48; entry++) {
                long bits = new long[] {1, 1, 7, 7, 0x67, 0x87}[random.nextInt(6)];
                long flipped = random.nextInt(8) == 0 ? 1L << random.nextInt(8 * bytes) : 0;
                long target = base + random.nextInt(tables) * PAGE;
                long at = base + random.nextInt(tables) * PAGE + random.nextInt(4) * bytes;
                memory.entry(at, bytes, (target | bits) ^ flipped);
            }
            List<long[]> told = new ArrayList<>();
            TableListing listing = format.list(image, base);
            boolean all = listing.forEach((input, output, shift, rights, _, _) -> {
                told.add(new long[] {input, output, shift, rights});
                return told.size() < MOST;
            });
            compared += told.size();
            damaged += listing.anomalies().size();
            whole += all ? 1 : 0;
            for (long[] page : told) {
                Walk walk = walk(format, base, page[0]);
                assertThat(walk.fault).as("round %d: %s", round, walk).isEqualTo(Fault.NONE);
                assertThat(walk.outputAddress).as("round %d: %s", round, walk).isEqualTo(page[1]);
                assertThat(walk.pageShift).isEqualTo((int) page[2]);
                assertThat(page[3] | walk.allowed).as("round %d: %s", round, walk).isEqualTo(page[3]);
                assertThat(page[3] & ~walk.allowed & ~Rights.WRITE).isZero();
            }
            long sum = listing.leaves().values().stream().mapToLong(Long::longValue).sum();
            assertThat(all ? sum : MOST).isEqualTo(told.size());
            for (int probe = 0; all && probe < 200; probe++) {
                long input = random.nextLong(PAGE);
                for (Geometry.Level level : format.geometry().levels()) {
                    input |= random.nextLong(4) << level.shift();
                }
                long address = input;
                boolean listed =
                        told.stream().anyMatch(page -> address - page[0] >= 0 && address - page[0] < 1L << page[2]);
                Walk walk = walk(format, base, address);
                hits += listed ? 1 : 0;
                assertThat(walk.succeeded()).as("round %d: %s", round, walk).isEqualTo(listed);
            }
        }
        assertThat(compared).as("pages").isGreaterThan(100);
        assertThat(damaged).as("tables with damage").isGreaterThan(20);
        assertThat(whole).as("lists to the end").isGreaterThan(20);
        assertThat(hits).as("addresses that are mapped").isGreaterThan(20);
    }

    private Walk walk(PageTableFormat format, long root, long input) {
        Walk walk = Walk.outer();
        walk.start(root, input, Rights.NONE);
        format.walk(walk, new ReadingPort(memory));
        return walk;
    }
}
