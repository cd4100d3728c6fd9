package org.memvirt.vmm.shadow.tlb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.memvirt.vmm.shadow.tlb.TrappedGuest.EVERYTHING;
import static org.memvirt.vmm.shadow.tlb.TrappedGuest.NOWHERE;
import static org.memvirt.vmm.shadow.tlb.TrappedGuest.PAGE;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.TagPool;
import org.memvirt.api.tlb.SoftwareTlb;
import org.memvirt.api.tlb.SoftwareTlb.Entry;
import org.memvirt.api.tlb.SoftwareTlb.Miss;
import org.memvirt.api.vmm.ExitCause;

/** What lies in hardware's TLB for a guest, what is removed from there. */
final class RealTlbTest {
    private static final long VA = 64 * PAGE;
    private static final long GPA = 1 << 20;
    private static final int READ_ONLY = Rights.READ | Rights.EXECUTE;

    private TrappedGuest guest = new TrappedGuest(0, true);

    private long host(long gpa) {
        return guest.memory.find(gpa);
    }

    /** Writes an entry of the guest's, and makes an access there. */
    private void use(int index, Entry entry) {
        guest.tlb.write(index, entry);
        assertThat(guest.access(entry.address + (entry.even.valid ? 0 : 1L << entry.pageShift), Rights.USER_READ))
                .isEqualTo(Miss.NONE);
    }

    // What is written.

    @Test
    void globalEntriesAreNotGlobalInHardwareWhereOtherGuestsLieBeside() {
        Entry entry = guest.entry(VA, GPA, EVERYTHING);
        entry.global = true;
        entry.even.cacheAttribute = 3;
        use(0, entry);
        assertThat(guest.hardwareEntry(VA).global).isFalse();
        assertThat(guest.hardwareEntry(VA).tag).isEqualTo(guest.hardware.tag());
        assertThat(guest.hardwareEntry(VA).even.cacheAttribute).isEqualTo(3);
        guest.tlb.selectTag(7);
        assertThat(guest.inHardware(VA, Rights.USER_READ)).isEqualTo(NOWHERE);
        assertThat(guest.access(VA, Rights.USER_READ)).as("the guest's holds in each space").isEqualTo(Miss.NONE);
        guest.tlb.write(0, new Entry());
        assertThat(guest.present()).as("gone from all of them").isZero();
    }

    @Test
    void bothPagesOfAPairAreThereAsFarAsTheHostHasThem() {
        Entry entry = guest.entry(VA, GPA, EVERYTHING);
        entry.odd.valid = true;
        entry.odd.output = GPA + 16 * PAGE;
        entry.odd.allowed = READ_ONLY;
        use(0, entry);
        assertThat(guest.inHardware(VA + PAGE, Rights.USER_READ)).isEqualTo(host(GPA + 16 * PAGE));
        assertThat(guest.inHardware(VA + PAGE, Rights.USER_WRITE)).isEqualTo(NOWHERE);
        assertThat(guest.exits(ExitCause.HIDDEN_REFILL)).isEqualTo(1);
        guest.memory.places.put(GPA + 32 * PAGE, (long) NOWHERE);
        entry.even.output = GPA + 32 * PAGE;
        assertThat(guest.access(VA + 8 * PAGE, Rights.USER_READ)).as("what came last").isEqualTo(Miss.REFILL);
        guest.tlb.write(0, entry);
        assertThat(guest.access(VA + PAGE, Rights.USER_READ)).isEqualTo(Miss.NONE);
        assertThat(guest.hardwareEntry(VA).even.valid).isFalse();
        assertThat(guest.memory.populated).as("nobody asked for that").isZero();
        assertThat(guest.access(VA, Rights.USER_READ)).isEqualTo(Miss.NONE);
        assertThat(guest.memory.populated).isEqualTo(1);
        assertThat(guest.inHardware(VA, Rights.USER_READ)).isEqualTo(host(GPA + 32 * PAGE));
        assertThat(guest.inHardware(VA + PAGE, Rights.USER_READ)).isEqualTo(host(GPA + 16 * PAGE));
        assertThat(guest.present()).as("in the place of the one before").isEqualTo(1);
    }

    @Test
    void aNeighbourThatIsNotTheGuestsIsLeftOut() {
        for (long beyond : new long[] {TrappedGuest.BYTES, -PAGE}) {
            Entry entry = guest.pair(VA, GPA, beyond, EVERYTHING);
            use(0, entry);
            assertThat(guest.hardwareEntry(VA).odd.valid).isFalse();
        }
    }

    @Test
    void whatTheHostForbidsHardwareForbids() {
        guest.memory.allowed.put(GPA, READ_ONLY);
        use(0, guest.entry(VA, GPA, EVERYTHING));
        assertThat(guest.hardwareEntry(VA).even.allowed).isEqualTo(READ_ONLY);
        assertThat(guest.memory.populated).isZero();
        assertThat(guest.access(VA, Rights.USER_WRITE)).as("the host's, not the guest's").isEqualTo(Miss.NONE);
        assertThat(guest.memory.populated).isEqualTo(1);
        assertThat(guest.inHardware(VA, Rights.USER_WRITE)).isEqualTo(host(GPA));
    }

    @Test
    void aPageIsAsLargeAsTheHostHasItInOnePiece() {
        guest = new TrappedGuest(0, false);
        guest.memory.pieceShift = 12;
        use(0, guest.entry(1L << 24, 1L << 21, 21, EVERYTHING));
        assertThat(guest.hardwareEntry(1L << 24).pageShift).isEqualTo(12);
        assertThat(guest.access((1L << 24) + 5 * PAGE, Rights.USER_READ)).isEqualTo(Miss.NONE);
        assertThat(guest.inHardware((1L << 24) + 5 * PAGE, Rights.USER_READ)).isEqualTo(host((1L << 21) + 5 * PAGE));
        assertThat(guest.present()).isEqualTo(2);
        guest.tlb.write(0, new Entry());
        assertThat(guest.present()).as("both parts went with it").isZero();
        guest.memory.pieceShift = 25;
        use(0, guest.entry(1L << 24, 1L << 21, 21, EVERYTHING));
        assertThat(guest.hardwareEntry(1L << 24).pageShift).isEqualTo(21);
        guest.memory.pieceShift = 20;
        guest.tlb.hostChanges(1L << 21, PAGE);
        assertThat(guest.access(1L << 24, Rights.USER_READ)).isEqualTo(Miss.NONE);
        assertThat(guest.hardwareEntry(1L << 24).pageShift).as("the largest that hardware has").isEqualTo(12);
    }

    @Test
    void theNeighbourOfASplinterIsTheNextPartOfThePage() {
        use(0, guest.entry(1L << 24, 1L << 21, 20, EVERYTHING));
        assertThat(guest.inHardware((1L << 24) + PAGE + 5, Rights.USER_READ)).isEqualTo(host((1L << 21) + PAGE + 5));
        assertThat(guest.inHardware((1L << 24) + 2 * PAGE, Rights.USER_READ)).isEqualTo(NOWHERE);
        assertThat(guest.access((1L << 24) + 7 * PAGE, Rights.USER_READ)).isEqualTo(Miss.NONE);
        assertThat(guest.inHardware((1L << 24) + 6 * PAGE, Rights.USER_READ)).isEqualTo(host((1L << 21) + 6 * PAGE));
        assertThat(guest.tlb.audit()).isEmpty();
    }

    @Test
    void aNeighbourThatTheHostHasInSmallerPiecesIsLeftOut() {
        guest.memory.pieceShift = 20;
        Entry entry = guest.entry(1L << 24, 1L << 21, 20, EVERYTHING);
        entry.odd.valid = true;
        entry.odd.output = 1L << 22;
        entry.odd.allowed = EVERYTHING;
        use(0, entry);
        assertThat(guest.inHardware((1L << 24) + (1 << 20) + 9, Rights.USER_READ)).isEqualTo(host((1L << 22) + 9));
        guest.tlb.hostChanges(0, TrappedGuest.BYTES);
        guest.memory.piecesOf(1L << 22, 12);
        assertThat(guest.access(1L << 24, Rights.USER_READ)).isEqualTo(Miss.NONE);
        assertThat(guest.hardwareEntry(1L << 24).pageShift).isEqualTo(20);
        assertThat(guest.hardwareEntry(1L << 24).odd.valid).isFalse();
    }

    @Test
    void whatTheHostHasInOnePieceSinceIsOnePageThenAndItsPartsGo() {
        use(0, guest.entry(1L << 24, 1L << 21, 20, EVERYTHING));
        assertThat(guest.access((1L << 24) + 9 * PAGE, Rights.USER_READ)).isEqualTo(Miss.NONE);
        assertThat(guest.present()).isEqualTo(2);
        guest.memory.pieceShift = 20;
        assertThat(guest.access((1L << 24) + 100 * PAGE, Rights.USER_READ)).isEqualTo(Miss.NONE);
        assertThat(guest.hardwareEntry(1L << 24).pageShift).isEqualTo(20);
        assertThat(guest.present()).isEqualTo(1);
        assertThat(guest.tlb.audit()).isEmpty();
    }

    @Test
    void theFirstPageOfMemoryIsAPageLikeOthers() {
        guest.memory.places.put(0L, 0L);
        assertThat(guest.access(VA, Rights.USER_WRITE)).isEqualTo(Miss.REFILL);
        Entry entry = guest.entry(VA, 0, READ_ONLY);
        entry.odd.valid = true;
        entry.odd.allowed = READ_ONLY;
        guest.tlb.writeRandom(entry);
        assertThat(guest.inHardware(VA + 5, Rights.USER_READ)).isEqualTo(5);
        assertThat(guest.inHardware(VA + PAGE + 5, Rights.USER_READ)).isEqualTo(5);
        use(1, guest.entry(VA + 8 * PAGE, 0, EVERYTHING));
        assertThat(guest.memory.populated).as("it was there").isZero();
    }

    /** Has hardware hold pages of the guest until one lies in its first entry; returns the number of that. */
    private int inFirstEntry() {
        for (int number = 0; number < 2000; number++) {
            long address = VA + number * 2 * PAGE;
            use(number % 32, guest.entry(address, GPA + number * PAGE, Rights.READ | Rights.WRITE));
            if (guest.hardware.probe(address, guest.hardware.tag()) == 0) {
                return number;
            }
            if (number % 32 == 31) {
                guest.tlb.forget();
            }
        }
        throw new AssertionError("hardware never chose its first entry");
    }

    @Test
    void theFirstEntryOfHardwareIsOneLikeOthers() {
        int number = inFirstEntry();
        long address = VA + number * 2 * PAGE;
        guest.exitsSince();
        assertThat(guest.access(address, Rights.USER_EXECUTE)).isEqualTo(Miss.PROTECTED);
        assertThat(guest.exitsSince()).as("hardware has the page").isEqualTo(Map.of(ExitCause.PAGE_FAULT, 1));
        guest.tlb.hostChanges(GPA + number * PAGE, PAGE);
        Entry others = guest.entry(1L << 40, 1L << 50, EVERYTHING);
        others.tag = guest.hardware.tag() + 1;
        for (int index = 1; index < guest.hardware.entries(); index++) {
            others.address = (1L << 40) + index * 2 * PAGE;
            guest.hardware.write(index, others);
        }
        assertThat(guest.access(address, Rights.USER_READ)).isEqualTo(Miss.NONE);
        assertThat(guest.present()).as("it lies where it was").isEqualTo(guest.hardware.entries());
    }

    @Test
    void piecesThatHardwareHasNoPageForAreAnError() {
        guest.memory.pieceShift = 11;
        guest.tlb.write(0, guest.entry(VA, GPA, EVERYTHING));
        assertThatIllegalStateException()
                .isThrownBy(() -> guest.access(VA, Rights.USER_READ))
                .withMessage("hardware has no page as small as the 2K that the host keeps in one piece");
    }

    @Test
    void theNextEntryIsWrittenWhereOneWasRemoved() {
        for (int index = 0; index < 3; index++) {
            use(index, guest.entry(VA + index * 2 * PAGE, GPA, EVERYTHING));
        }
        int present = guest.present();
        for (int round = 0; round < 50; round++) {
            guest.tlb.write(2, guest.entry(VA + (8 + round) * 2 * PAGE, GPA, EVERYTHING));
            assertThat(guest.present()).isEqualTo(present - 1);
            guest.access(VA + (8 + round) * 2 * PAGE, Rights.USER_READ);
            assertThat(guest.present()).as("no other was overwritten").isEqualTo(present);
        }
    }

    @Test
    void whatAnotherGuestHasWrittenMeanwhileIsLeftAlone() {
        use(0, guest.entry(VA, GPA, EVERYTHING));
        int place = guest.hardware.probe(VA, guest.hardware.tag());
        Entry others = guest.entry(VA, 1L << 50, EVERYTHING);
        others.tag = guest.hardware.tag() + 1;
        guest.hardware.write(place, others);
        guest.tlb.write(0, new Entry());
        guest.tlb.hostChanges(0, TrappedGuest.BYTES);
        guest.hardware.read(place, new Entry());
        assertThat(guest.hardware.probe(VA, others.tag)).isEqualTo(place);
        use(1, guest.entry(VA + 8 * PAGE, GPA, EVERYTHING));
        guest.tlb.write(1, new Entry());
        int freed = guest.present();
        guest.hardware.write(guest.hardware.probe(VA, others.tag), others);
        assertThat(guest.present()).isEqualTo(freed);
    }

    @Test
    void whereAnotherGuestHasWrittenNothingIsWrittenAsIfItWereFree() {
        use(0, guest.entry(VA, GPA, EVERYTHING));
        int place = guest.hardware.probe(VA, guest.hardware.tag());
        guest.tlb.write(0, new Entry());
        Entry others = guest.entry(VA, 1L << 50, EVERYTHING);
        others.tag = guest.hardware.tag() + 1;
        guest.hardware.write(place, others);
        use(0, guest.entry(VA + 8 * PAGE, GPA, EVERYTHING));
        assertThat(guest.hardware.probe(VA, others.tag)).isEqualTo(place);
    }

    // Tags and cores.

    @Test
    void eachSpaceHasATagOfHardwares() {
        List<Integer> held = new ArrayList<>();
        long taken = guest.counts.tagsTaken;
        guest.tags = new TagPool(10);
        for (int tag : new int[] {1, 2, 63, 64, 65, 300}) {
            guest.tlb.selectTag(tag);
            use(0, guest.entry(VA, GPA + tag * PAGE, EVERYTHING));
            held.add(guest.hardware.tag());
        }
        assertThat(held).doesNotHaveDuplicates();
        assertThat(guest.counts.tagsTaken - taken).isEqualTo(6);
        guest.tlb.selectTag(64);
        assertThat(guest.hardware.tag()).as("it has kept it").isEqualTo(held.get(3));
        assertThat(guest.counts.tagsTaken - taken).isEqualTo(6);
        assertThat(guest.tlb.audit()).isEmpty();
    }

    @Test
    void aTagMayBeAnyNumberFromTheBeginning() {
        guest.tlb.selectTag(1000);
        use(0, guest.entry(VA, GPA, EVERYTHING));
        assertThat(guest.hardwareEntry(VA).tag).isEqualTo(guest.hardware.tag());
    }

    @Test
    void onAnotherCoreItBeginsAnew() {
        use(0, guest.entry(VA, GPA, EVERYTHING));
        int held = guest.hardware.tag();
        guest.tlb.enterCore(0);
        assertThat(guest.hardware.tag()).as("on the same").isEqualTo(held);
        assertThat(guest.inHardware(VA, Rights.USER_READ)).isEqualTo(host(GPA));
        SoftwareTlb left = guest.hardware;
        guest.hardware = guest.freshHardware();
        guest.hardware.wire(5);
        guest.tlb.enterCore(1);
        assertThat(reached(0, TrappedGuest.BYTES)).as("what was left is out of reach").isEmpty();
        assertThat(guest.hardware.wired()).as("nothing is").isZero();
        assertThat(guest.hardware.tag()).isNotEqualTo(held).isPositive();
        assertThat(guest.access(VA, Rights.USER_READ)).as("the guest has it still").isEqualTo(Miss.NONE);
        guest.tlb.write(0, new Entry());
        assertThat(guest.present()).isZero();
        guest.hardware = left;
        guest.tlb.enterCore(0);
        assertThat(guest.inHardware(VA, Rights.USER_READ)).as("what was left there").isEqualTo(NOWHERE);
        assertThat(guest.access(VA, Rights.USER_READ)).isEqualTo(Miss.REFILL);
    }

    @Test
    void onACoreTheKernelIsOutOfReachOfWhatHardwareDoesNotTranslate() {
        assertThat(guest.inHardware(-PAGE, Rights.SUPERVISOR_READ)).isEqualTo(NOWHERE);
        guest.hardware = guest.freshHardware();
        guest.tlb.enterCore(1);
        assertThat(guest.access(-PAGE, Rights.SUPERVISOR_READ)).isEqualTo(Miss.ADDRESS_ERROR);
    }

    // What the host changes.

    @Test
    void whatLeadsToMemoryThatChangesGoes() {
        Entry both = guest.pair(VA, GPA, GPA + 16 * PAGE, EVERYTHING);
        use(0, both);
        use(1, guest.entry(VA + 8 * PAGE, GPA + PAGE, EVERYTHING));
        guest.tlb.hostChanges(GPA + 2 * PAGE, 14 * PAGE);
        assertThat(guest.present()).as("nothing leads there").isEqualTo(2);
        guest.tlb.hostChanges(GPA + 16 * PAGE, PAGE);
        assertThat(guest.inHardware(VA, Rights.USER_READ)).as("by its other page").isEqualTo(NOWHERE);
        assertThat(guest.present()).isEqualTo(1);
        guest.memory.places.put(GPA + PAGE, 1L << 45);
        guest.tlb.hostChanges(GPA, 2 * PAGE);
        assertThat(guest.present()).isZero();
        assertThat(guest.counts.removedForHost).isEqualTo(2);
        assertThat(guest.access(VA + 8 * PAGE, Rights.USER_READ)).isEqualTo(Miss.NONE);
        assertThat(guest.inHardware(VA + 8 * PAGE, Rights.USER_READ)).isEqualTo(1L << 45);
    }

    @Test
    void theHostIsToldWhatTheGuestReaches() {
        Entry both = guest.pair(VA, GPA, GPA + 16 * PAGE, EVERYTHING);
        use(0, both);
        use(1, guest.entry(VA + 9 * PAGE, GPA + PAGE, EVERYTHING));
        assertThat(reached(0, TrappedGuest.BYTES)).containsExactlyInAnyOrder(GPA, GPA + PAGE, GPA + 16 * PAGE);
        assertThat(reached(GPA + PAGE, 15 * PAGE)).containsExactly(GPA + PAGE);
        assertThat(reached(GPA + 16 * PAGE, 1)).containsExactly(GPA + 16 * PAGE);
        guest.tlb.write(0, new Entry());
        assertThat(reached(0, TrappedGuest.BYTES)).containsExactly(GPA + PAGE);
    }

    private List<Long> reached(long gpa, long bytes) {
        List<Long> all = new ArrayList<>();
        guest.tlb.forEachMapped(gpa, bytes, (page, shift, accessed, dirty) -> {
            assertThat(shift).isEqualTo(12);
            assertThat(accessed && dirty).as("an entry has no mark of its use").isTrue();
            all.add(page);
        });
        return all;
    }
}
