package org.memvirt.testkit.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.image.TableImage;
import org.memvirt.api.image.TableListing;
import org.memvirt.api.radix.RadixFormat;
import org.memvirt.api.table.Mapping;
import org.memvirt.api.table.MappingConflict;
import org.memvirt.api.table.PageTable;
import org.memvirt.testkit.trial.Seeds;

/** What a format tells of tables that it only reads is what software that edits them sees. */
public interface ListingContract extends FormatUnderTest {
    @Test
    default void aListingTellsOfEachPageAsSoftwareSeesIt() {
        Seeds.rounds(10, random -> {
            TableFixture fixture = new TableFixture(format());
            for (int page = 0; page < 40; page++) {
                int shift = randomShift(random);
                try {
                    fixture.table.map(
                            randomInput(random, shift),
                            randomOutput(random, shift),
                            shift,
                            randomRights(random),
                            random.nextInt(8));
                } catch (MappingConflict taken) {
                    continue;
                }
            }
            TableListing listing = format().list(image(fixture), fixture.table.root());
            List<Mapping> told = new ArrayList<>();
            boolean all = listing.forEach((input, output, shift, rights, attributes, _) -> told.add(
                    new Mapping(
                            input,
                            output,
                            shift,
                            rights,
                            (attributes & PageTable.GLOBAL) != 0,
                            (attributes & PageTable.ACCESSED) != 0,
                            (attributes & PageTable.DIRTY) != 0)));
            List<Mapping> seen = new ArrayList<>();
            fixture.table.forEach(seen::add);
            assertThat(told).isEqualTo(seen);
            assertThat(all).isTrue();
            Map<Integer, Long> bySize = new TreeMap<>();
            format().pageShifts().forEach(shift -> bySize.put(shift, 0L));
            seen.forEach(mapping -> bySize.merge(mapping.pageShift(), 1L, Long::sum));
            assertThat(listing.leaves()).isEqualTo(bySize);
            assertThat(listing.anomalies()).isEmpty();
            if (format() instanceof RadixFormat) {
                assertThat(listing.bytes()).isEqualTo(fixture.frames.bytes());
            }
            for (Mapping mapping : seen) {
                long before = mapping.inputAddress() - (1L << basePage());
                for (long from : new long[] {0, before, mapping.inputAddress(),
                    mapping.inputAddress() + mapping.bytes() - 1, mapping.inputAddress() + mapping.bytes()}) {
                    if (from >= 0) {
                        checkNext(listing, seen, from);
                    }
                }
            }
        });
    }

    private void checkNext(TableListing listing, List<Mapping> seen, long from) {
        long expected = seen.stream()
                .filter(mapping -> mapping.inputAddress() >= 0 && mapping.inputAddress() + mapping.bytes() > from)
                .mapToLong(mapping -> Math.max(from, mapping.inputAddress()))
                .min()
                .orElse(-1);
        if (format() instanceof RadixFormat) {
            assertThat(listing.nextMapped(from)).as("from %#x", from).isEqualTo(expected);
        } else if (expected >= 0) {
            assertThat(listing.nextMapped(from)).as("from %#x", from).isBetween(from, expected);
        }
    }

    @Test
    default void aListingEndsWhenItsVisitorHasHadEnough() {
        TableFixture fixture = new TableFixture(format());
        long from = anchors().getFirst();
        for (int page = 0; page < 3; page++) {
            fixture.table.map(from + ((long) page << basePage()), 0, basePage(), Rights.ALL, 0);
        }
        List<Long> told = new ArrayList<>();
        boolean all = format().list(image(fixture), fixture.table.root()).forEach((input, _, _, _, _, _) -> {
            told.add(input);
            return told.size() < 2;
        });
        assertThat(told).containsExactly(from, from + (1L << basePage()));
        assertThat(all).isFalse();
    }

    @Test
    default void aListingOfATopTableThatIsNotThereIsRefused() {
        if (format() instanceof RadixFormat) {
            TableFixture fixture = new TableFixture(format());
            TableImage nothing = new TableImage() {
                @Override
                public boolean holds(long address, long bytes) {
                    return false;
                }

                @Override
                public long load(long address) {
                    throw new AssertionError("%#x is not there to load".formatted(address));
                }
            };
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> format().list(nothing, fixture.table.root()))
                    .withMessageContaining("top table");
        }
    }

    private static TableImage image(TableFixture fixture) {
        return new TableImage() {
            @Override
            public boolean holds(long address, long bytes) {
                return address >= 0 && address + bytes <= fixture.memory.size();
            }

            @Override
            public long load(long address) {
                return fixture.memory.load(address);
            }
        };
    }
}
