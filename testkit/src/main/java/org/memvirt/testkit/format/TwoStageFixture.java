package org.memvirt.testkit.format;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.Mapping;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.StageTwoPort;
import org.memvirt.api.table.TableMemory;
import org.memvirt.api.table.TableRoot;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.memory.HostPort;
import org.memvirt.engine.memory.PhysicalMemory;

/**
 * A table in guest-physical memory that a second stage scatters over host memory, each stretch of it in pages of a size
 * drawn by chance, or all of it in pages of one size.
 */
final class TwoStageFixture {
    /** Enough for pages of 1 GiB, little enough for the memory's own book-keeping. */
    private static final int MOST_BITS = 38;

    /** Larger pages are left out: the memory holds only a few of them. */
    private static final int LARGEST_PAGE = 30;

    private static final long FIRST_TABLE = 1L << 16;

    final PhysicalMemory memory;
    final PageTable stageTwo;
    final PageTable table;
    final CountedFrames guestTables;
    final Walk walk = Walk.outer();
    private final FormatUnderTest tested;
    private final SplittableRandom random;
    private final List<Integer> hostShifts;
    final StageTwoPort port;
    private final Map<Long, Integer> shiftOfStretch = new HashMap<>();
    private final int gpaBits;
    private long nextHost;

    TwoStageFixture(FormatUnderTest tested, SplittableRandom random) {
        this(tested, random, pageShifts(tested.stageTwo()));
    }

    /** @param hostShifts the sizes of second-stage pages to draw from */
    TwoStageFixture(FormatUnderTest tested, SplittableRandom random, List<Integer> hostShifts) {
        this.tested = tested;
        this.random = random;
        this.hostShifts = hostShifts;
        var below = tested.stageTwo();
        int hostBits = Math.min(MOST_BITS, below == tested.format() ? tested.outputBits() : below.outputBits());
        memory = new PhysicalMemory(1L << hostBits);
        nextHost = 1L << hostBits - 1;
        gpaBits = Math.min(MOST_BITS - 2, Math.min(tested.outputBits(), below.inputBits() - 1));
        stageTwo = below.create(memory, new CountedFrames(memory, FIRST_TABLE));
        port = new StageTwoPort(new TableRoot(below, stageTwo.root()), new HostPort(memory));
        GuestMemory guest = new GuestMemory();
        guestTables = new CountedFrames(guest, FIRST_TABLE);
        table = tested.format().create(guest, guestTables);
    }

    private final class GuestMemory implements TableMemory {
        @Override
        public long load(long gpa) {
            return memory.load(back(gpa, Rights.ALL).translate(gpa));
        }

        @Override
        public void store(long gpa, long value) {
            memory.store(back(gpa, Rights.ALL).translate(gpa), value);
        }
    }

    /** The page sizes of a format that fit into the memory. */
    static List<Integer> pageShifts(PageTableFormat format) {
        return format.pageShifts().stream().filter(shift -> shift <= LARGEST_PAGE).toList();
    }

    /** One of the guest's page sizes. */
    int randomShift() {
        List<Integer> shifts = pageShifts(tested.format());
        return shifts.get(random.nextInt(shifts.size()));
    }

    /** The second-stage page around the address, made if need be. */
    Mapping back(long gpa, int rights) {
        Mapping there = stageTwo.find(gpa);
        if (there != null) {
            return there;
        }
        int largest = pageShifts(tested.stageTwo()).getLast();
        int shift = shiftOfStretch.computeIfAbsent(
                gpa >>> largest, stretch -> hostShifts.get(random.nextInt(hostShifts.size())));
        long output = nextHost + (1L << shift) - 1 & -1L << shift;
        nextHost = output + (1L << shift);
        stageTwo.map(gpa & -1L << shift, output, shift, rights, FormatUnderTest.attributesOfUse(tested.stageTwo()));
        return requireNonNull(stageTwo.find(gpa));
    }

    /** A guest-physical page for the guest to map. */
    long randomPage(int shift) {
        return random.nextLong(1L << gpaBits - shift) << shift;
    }

    Walk walk(long input, int access) {
        walk.start(table.root(), input, access);
        tested.format().walk(walk, port);
        return walk;
    }
}
