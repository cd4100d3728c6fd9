package org.memvirt.testkit.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.memvirt.testkit.trial.Addresses.assertThatAddress;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.radix.RadixFormat;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.Mapping;
import org.memvirt.api.table.MappingConflict;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;
import org.memvirt.testkit.trial.Seeds;

/** What software does to a table, one step at a time. */
public interface EditingContract extends FormatUnderTest {
    @Test
    default void aPageOfEverySizeIsFoundWalkedAndUnmapped() {
        for (int shift : format().pageShifts()) {
            TableFixture fixture = new TableFixture(format());
            long input = anchors().getLast();
            long output = randomOutput(Seeds.random(), shift);
            assertThat(fixture.table.map(input, output, shift, Rights.ALL, attributesOfUse()).what())
                    .isIn(Invalidation.Reach.NOTHING, Invalidation.Reach.ROOT);

            long inside = input + (1L << shift) - Long.BYTES;
            Mapping found = fixture.table.find(inside);
            assertThat(found).isNotNull();
            assertThatAddress(found.inputAddress()).isEqualTo(input);
            assertThatAddress(found.outputAddress()).isEqualTo(output);
            assertThat(found.pageShift()).isEqualTo(shift);
            assertThat(found.allowed()).isEqualTo(allowedWhenGiven(Rights.ALL));
            Walk walk = fixture.walk(inside, Rights.SUPERVISOR_READ);
            assertThat(walk.succeeded()).as("%s", walk).isTrue();
            assertThatAddress(walk.outputAddress).isEqualTo(output + (1L << shift) - Long.BYTES);
            assertThat(walk.pageShift).isEqualTo(shift);
            assertThat(walk.stage1Shift).isEqualTo(shift);
            assertThat(walk.stage2Shift).isZero();

            Invalidation stale = fixture.table.unmap(inside);
            assertThat(stale.what()).isNotEqualTo(Invalidation.Reach.NOTHING);
            assertThatAddress(stale.address()).isEqualTo(input);
            assertThat(stale.bytes()).isEqualTo(1L << shift);
            assertThat(fixture.table.find(inside)).isNull();
            assertThat(fixture.walk(inside, Rights.SUPERVISOR_READ).fault).isEqualTo(Fault.NOT_PRESENT);
        }
    }

    @Test
    default void protectChangesTheRightsAndNothingElse() {
        for (int shift : format().pageShifts()) {
            TableFixture fixture = new TableFixture(format());
            long input = anchors().getFirst();
            for (int before : rightsToGive()) {
                fixture.table.map(input, 0, shift, before, PageTable.ACCESSED | PageTable.DIRTY);
                Mapping mapped = fixture.table.find(input);
                assertThat(mapped).isNotNull();
                assertThat(Rights.text(mapped.allowed()))
                        .as("a page that is given %s", Rights.text(before))
                        .isEqualTo(Rights.text(allowedWhenGiven(before)));
                int after = rightsToGive().get((before * 7) % rightsToGive().size());
                Invalidation stale = fixture.table.protect(input, after);
                assertThatAddress(stale.address()).isEqualTo(input);
                assertThat(stale.bytes()).isEqualTo(1L << shift);
                assertThat(fixture.table.find(input))
                        .isEqualTo(new Mapping(
                                mapped.inputAddress(),
                                mapped.outputAddress(),
                                shift,
                                allowedWhenGiven(after),
                                mapped.global(),
                                mapped.accessed(),
                                mapped.dirty()));
                fixture.table.unmap(input);
            }
        }
    }

    @Test
    default void aPageIsMarkedAsTheFormatCanTell() {
        int flags = format().attributes() & (PageTable.ACCESSED | PageTable.DIRTY);
        for (int shift : format().pageShifts()) {
            TableFixture fixture = new TableFixture(format());
            long input = anchors().getFirst();
            long inside = input + (1L << shift) - Long.BYTES;
            fixture.table.map(input, 0, shift, Rights.ALL, 0);
            Mapping clean = fixture.table.find(input);
            Invalidation changed = Invalidation.page(input, shift);
            for (int flag : new int[] {PageTable.ACCESSED, PageTable.DIRTY}) {
                boolean known = (flags & flag) != 0;
                // No cache holds a page whose accessed bit is clear; one that is clean may be held without its writes.
                assertThat(fixture.table.mark(inside, flag, 0))
                        .isEqualTo(known && flag == PageTable.DIRTY ? changed : Invalidation.NOTHING);
                assertThat(fixture.table.mark(inside, flag, 0)).as("marked twice").isEqualTo(Invalidation.NOTHING);
                Mapping marked = fixture.table.find(input);
                assertThat(marked).isNotNull();
                assertThat((flag == PageTable.ACCESSED ? marked.accessed() : marked.dirty())).isTrue();
                if (known) {
                    assertThat(marked).isNotEqualTo(clean);
                    assertThat(fixture.table.mark(inside, 0, flag)).isEqualTo(changed);
                } else {
                    assertThatIllegalArgumentException()
                            .as("a bit that no page has cannot be cleared")
                            .isThrownBy(() -> fixture.table.mark(inside, 0, flag));
                }
                assertThat(fixture.table.find(input)).as("all else is as it was").isEqualTo(clean);
            }
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> fixture.table.mark(input, PageTable.GLOBAL, 0));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> fixture.table.mark(input, PageTable.DIRTY, PageTable.DIRTY));
        }
    }

    @Test
    default void whatSoftwareMarksHardwareNeedNotSet() {
        int ofUse = attributesOfUse();
        for (int shift : format().pageShifts()) {
            TableFixture fixture = new TableFixture(format());
            long input = anchors().getFirst();
            int rights = Rights.ALL;
            fixture.table.map(input, 0, shift, rights, 0);
            if ((ofUse & PageTable.ACCESSED) != 0) {
                assertThat(fixture.walk(input, Rights.SUPERVISOR_READ).fault).isEqualTo(Fault.ACCESS_FLAG);
                fixture.table.mark(input, PageTable.ACCESSED, 0);
            }
            assertThat(fixture.walk(input, Rights.SUPERVISOR_READ).succeeded()).isTrue();
            if ((ofUse & PageTable.DIRTY) != 0) {
                assertThat(fixture.walk(input, Rights.SUPERVISOR_WRITE).fault).isEqualTo(Fault.PERMISSION);
                fixture.table.mark(input, PageTable.DIRTY, 0);
            }
            Walk written = fixture.walk(input, Rights.SUPERVISOR_WRITE);
            assertThat(written.succeeded()).as("%s", written).isTrue();
            assertThat(Rights.permit(written.allowed, Rights.SUPERVISOR_WRITE)).isTrue();
            Mapping used = fixture.table.find(input);
            assertThat(used).isNotNull();
            assertThat(used.accessed()).isTrue();
            assertThat(used.dirty()).isTrue();
        }
    }

    @Test
    default void hardwareSetsTheFlagsThatTheFormatSaysItSets() {
        int byHardware = format().attributesSetByHardware();
        for (int shift : format().pageShifts()) {
            for (int access : new int[] {Rights.SUPERVISOR_READ, Rights.SUPERVISOR_WRITE}) {
                TableFixture fixture = new TableFixture(format());
                long input = anchors().getFirst();
                fixture.table.map(input, 0, shift, Rights.ALL, attributesOfUse());
                Mapping before = fixture.table.find(input);
                Walk walk = fixture.walk(input, access);
                assertThat(walk.succeeded()).as("%s", walk).isTrue();
                Mapping after = fixture.table.find(input);
                assertThat(before).isNotNull();
                assertThat(after).isNotNull();
                boolean written = access == Rights.SUPERVISOR_WRITE;
                if ((byHardware & PageTable.ACCESSED) != 0) {
                    assertThat(before.accessed()).as("whether an unused page is accessed: %s", before).isFalse();
                    assertThat(after.accessed()).as("whether a used page is accessed: %s", after).isTrue();
                }
                if ((byHardware & PageTable.DIRTY) != 0) {
                    assertThat(before.dirty()).as("whether an unused page is dirty: %s", before).isFalse();
                    assertThat(after.dirty())
                            .as("whether the page is dirty after %s", walk)
                            .isEqualTo(written);
                }
            }
        }
    }

    @Test
    default void aSplitPageMeansTheSameInSmallerPages() {
        List<Integer> shifts = format().pageShifts();
        for (int large : shifts) {
            for (int small : shifts) {
                if (large - small > HistoryPlayer.MOST_PARTS_BITS) {
                    continue;
                }
                TableFixture fixture = new TableFixture(format());
                long input = anchors().getLast();
                long output = randomOutput(Seeds.random(), large);
                fixture.table.map(input, output, large, Rights.READ, PageTable.GLOBAL | PageTable.ACCESSED);
                Mapping page = fixture.table.find(input);
                assertThat(page).isNotNull();
                Invalidation stale = fixture.table.split(input + (1L << large) - 1, small);
                if (small >= large) {
                    assertThat(stale).isEqualTo(Invalidation.NOTHING);
                    assertThat(TableFixture.pages(fixture.table)).containsExactly(page);
                    continue;
                }
                assertThat(stale.what()).isNotEqualTo(Invalidation.Reach.NOTHING);
                assertThat(input - stale.address()).as("what is stale begins no later").isNotNegative();
                assertThat(stale.address() + stale.bytes()).isGreaterThanOrEqualTo(input + (1L << large));
                List<Mapping> parts = TableFixture.pages(fixture.table);
                assertThat(parts).hasSize(1 << large - small);
                for (int i = 0; i < parts.size(); i++) {
                    long at = (long) i << small;
                    assertThat(parts.get(i))
                            .isEqualTo(new Mapping(
                                    input + at,
                                    output + at,
                                    small,
                                    page.allowed(),
                                    page.global(),
                                    page.accessed(),
                                    page.dirty()));
                }
                assertThat(fixture.table.bytes()).isEqualTo(fixture.frames.bytes());
                long first = fixture.frames.bytes();
                fixture.table.unmap(input);
                assertThat(fixture.table.find(input)).isNull();
                assertThat(fixture.table.find(input + (1L << small))).isNotNull();
                assertThat(fixture.frames.bytes()).isEqualTo(first);
            }
        }
        TableFixture fixture = new TableFixture(format());
        assertThatIllegalArgumentException().isThrownBy(() -> fixture.table.split(0, largestPage() + 1));
    }

    @Test
    default void aSplitByBreakBeforeMakeMeansTheSameAndMapsNothingBetween() {
        List<Integer> shifts = format().pageShifts();
        for (int i = 1; format().breaksBeforeMake() && i < shifts.size(); i++) {
            int large = shifts.get(i);
            int small = shifts.get(i - 1);
            TableFixture once = new TableFixture(format());
            TableFixture broken = new TableFixture(format());
            long input = anchors().getLast();
            long output = randomOutput(Seeds.random(), large);
            once.table.map(input, output, large, Rights.READ, PageTable.ACCESSED);
            broken.table.map(input, output, large, Rights.READ, PageTable.ACCESSED);
            List<Invalidation> told = new ArrayList<>();
            Invalidation expected = once.table.split(input, small);
            broken.table.split(input, small, stale -> {
                assertThat(broken.table.find(input)).as("between").isNull();
                assertThat(broken.table.find(input + (1L << large) - 1)).isNull();
                told.add(stale);
            });
            assertThat(told).containsExactly(expected);
            assertThat(TableFixture.pages(broken.table)).isEqualTo(TableFixture.pages(once.table));
        }
    }

    @Test
    default void tablesOfAnUnmappedRangeAreGivenBackButNoneThatReachesBeyond() {
        TableFixture fixture = new TableFixture(format());
        long empty = fixture.frames.bytes();
        long page = 1L << basePage();
        long half = 1L << format().inputBits() - 1;
        long floor = anchors().getFirst() & -half;
        long first = floor + 4 * page;
        long second = floor + 6 * page;
        fixture.table.map(first, 0, basePage(), Rights.ALL, 0);
        fixture.table.map(second, page, basePage(), Rights.ALL, 0);
        fixture.table.unmap(first);
        long before = fixture.frames.bytes();
        fixture.table.prune(first, page, first, second, stale -> assertThat(stale).as("stale").isNull());
        assertThat(fixture.frames.bytes()).isEqualTo(before);
        assertThat(fixture.table.find(second)).isNotNull();
        fixture.table.unmap(second);
        List<Invalidation> told = new ArrayList<>();
        fixture.table.prune(second, page, floor, floor + half, told::add);
        assertThat(told).allMatch(stale -> stale.what() == Invalidation.Reach.TABLES
                && stale.address() <= first && stale.address() + stale.bytes() > second);
        assertThat(fixture.table.bytes()).isEqualTo(fixture.frames.bytes());
        if (format() instanceof RadixFormat tree && !tree.loadsTopTable() && tree.levels() > 1) {
            assertThat(told).hasSize(1);
            assertThat(fixture.frames.bytes()).isEqualTo(empty);
        }
        fixture.table.map(first, 0, basePage(), Rights.ALL, attributesOfUse());
        assertThat(fixture.walk(first, Rights.SUPERVISOR_READ).succeeded()).isTrue();
    }

    @Test
    default void whatIsNotMappedIsNotChanged() {
        TableFixture fixture = new TableFixture(format());
        for (long input : anchors()) {
            assertThat(fixture.table.unmap(input)).isEqualTo(Invalidation.NOTHING);
            assertThat(fixture.table.protect(input, Rights.ALL)).isEqualTo(Invalidation.NOTHING);
            assertThat(fixture.table.mark(input, PageTable.ACCESSED, 0)).isEqualTo(Invalidation.NOTHING);
            assertThat(fixture.table.split(input, basePage())).isEqualTo(Invalidation.NOTHING);
            assertThat(fixture.table.find(input)).isNull();
        }
        assertThat(TableFixture.pages(fixture.table)).isEmpty();
    }

    @Test
    default void whatIsMappedIsNotMappedAgainAtAnySize() {
        for (int first : format().pageShifts()) {
            for (int second : format().pageShifts()) {
                TableFixture fixture = new TableFixture(format());
                long input = anchors().getFirst();
                fixture.table.map(input, 0, first, Rights.ALL, 0);
                Mapping before = fixture.table.find(input);
                assertThatExceptionOfType(MappingConflict.class)
                        .isThrownBy(() -> fixture.table.map(input, 0, second, Rights.ALL, 0));
                assertThat(TableFixture.pages(fixture.table)).containsExactly(before);
            }
        }
    }

    @Test
    default void aLargePageTakesThePlaceOfSmallOnesThatAreGone() {
        for (int large : format().pageShifts()) {
            TableFixture fixture = new TableFixture(format());
            long input = anchors().getFirst();
            fixture.table.map(input, 0, basePage(), Rights.ALL, 0);
            fixture.table.unmap(input);
            Invalidation stale = fixture.table.map(input, 0, large, Rights.ALL, attributesOfUse());
            if (stale.what() == Invalidation.Reach.TABLES) {
                assertThatAddress(stale.address()).isEqualTo(input);
                assertThat(stale.bytes()).isGreaterThanOrEqualTo(1L << large);
            }
            assertThat(fixture.walk(input + (1L << large) - 1, Rights.SUPERVISOR_READ).pageShift).isEqualTo(large);
            assertThat(fixture.table.bytes()).isEqualTo(fixture.frames.bytes());
        }
    }

    @Test
    default void wrongArgumentsAreRefusedAndChangeNothing() {
        TableFixture fixture = new TableFixture(format());
        long input = anchors().getFirst();
        for (int shift : format().pageShifts()) {
            long half = 1L << shift - 1;
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> fixture.table.map(input + half, 0, shift, Rights.ALL, 0));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> fixture.table.map(input, half, shift, Rights.ALL, 0));
            if (format().outputBits() < Long.SIZE - 1) {
                long tooWide = 1L << Math.max(shift, format().outputBits());
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> fixture.table.map(input, tooWide, shift, Rights.ALL, 0));
            }
            if (format().inputBits() < Long.SIZE) {
                long notAdmitted = 1L << Math.max(shift, format().inputBits());
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> fixture.table.map(notAdmitted, 0, shift, Rights.ALL, 0));
            }
        }
        int noSize = largestPage() + 1;
        assertThatIllegalArgumentException().isThrownBy(() -> fixture.table.map(0, 0, noSize, Rights.ALL, 0));
        assertThat(TableFixture.pages(fixture.table)).isEmpty();
    }

    @Test
    default void largestFreeTellsWhatCanBeMapped() {
        Seeds.rounds(10, random -> {
            TableFixture fixture = new TableFixture(format());
            for (int page = 0; page < 6; page++) {
                int shift = randomShift(random);
                long input = randomInput(random, shift);
                try {
                    fixture.table.map(input, 0, shift, Rights.ALL, 0);
                } catch (MappingConflict taken) {
                    continue;
                }
            }
            for (int probe = 0; probe < 20; probe++) {
                long input = randomInput(random, basePage());
                int free = fixture.table.largestFree(input, format().pageShifts());
                if (free < 0) {
                    assertThat(fixture.table.find(input)).isNotNull();
                } else {
                    fixture.table.map(input & -1L << free, 0, free, Rights.ALL, 0);
                    fixture.table.unmap(input);
                }
            }
        });
    }

    @Test
    default void oneTableIsReadAndEditedThroughASecondView() {
        TableFixture fixture = new TableFixture(format());
        long input = anchors().getFirst();
        fixture.table.map(input, 0, basePage(), Rights.ALL, 0);
        PageTable view = format().open(fixture.memory, fixture.frames, fixture.table.root());
        assertThatAddress(view.root()).isEqualTo(fixture.table.root());
        assertThat(TableFixture.pages(view)).isEqualTo(TableFixture.pages(fixture.table));
        view.unmap(input);
        assertThat(fixture.table.find(input)).isNull();
        assertThat(view.bytes()).as("a view owns no table that it did not make").isZero();
    }
}
