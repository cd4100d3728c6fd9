package org.memvirt.vmm.shadow.tlb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.memvirt.vmm.shadow.tlb.TrappedGuest.EVERYTHING;
import static org.memvirt.vmm.shadow.tlb.TrappedGuest.NOWHERE;
import static org.memvirt.vmm.shadow.tlb.TrappedGuest.PAGE;

import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.SoftwareTlb.Entry;
import org.memvirt.api.tlb.SoftwareTlb.Miss;
import org.memvirt.api.vmm.ExitCause;

/** What a larger TLB answers in the guest's place, and when the guest could know that an entry is gone. */
final class TrappedWithMoreTest {
    private static final long VA = 64 * PAGE;
    private static final long OTHER = VA + 32 * PAGE;
    /** Of an entry that is wired. */
    private static final long WIRED = 1L << 30;
    private static final long GPA = 1 << 20;

    private TrappedGuest guest = new TrappedGuest(64, true);

    @AfterEach
    void hardwareHasNothingThatTheGuestHasNotOrHad() {
        assertThat(guest.tlb.audit()).isEmpty();
    }

    /** Has the page at {@link #VA} fall out of the guest's TLB, by a random write of another one. */
    private void fallOut(int rights) {
        guest.tlb.wire(62);
        guest.tlb.write(62, guest.entry(VA, GPA, rights));
        guest.tlb.write(63, guest.entry(VA, GPA, rights));
        guest.tlb.write(63, new Entry());
        guest.access(VA, Rights.USER_READ);
        for (int number = 0; guest.tlb.probe(VA, guest.tlb.tag()) >= 0; number++) {
            guest.tlb.writeRandom(guest.entry(OTHER + number * 2 * PAGE, GPA + 8 * PAGE, EVERYTHING));
        }
    }

    /** The same, and the guest has not asked for it. */
    private void fallOutUnasked(int rights) {
        guest.tlb.wire(62);
        guest.tlb.write(0, guest.entry(WIRED, GPA, EVERYTHING));
        guest.tlb.write(62, guest.entry(VA, GPA, rights));
        guest.access(VA, Rights.USER_READ);
        int number = 0;
        while (guest.tlb.writeRandom(guest.entry(OTHER + number * 2 * PAGE, GPA + 8 * PAGE, EVERYTHING)) != 62) {
            number++;
        }
        guest.exitsSince();
    }

    @Test
    void whatFellOutIsAnsweredUnheard() {
        fallOutUnasked(EVERYTHING);
        assertThat(guest.inHardware(VA, Rights.USER_READ)).as("it stays there").isEqualTo(guest.memory.find(GPA));
        guest.tlb.hostChanges(GPA, PAGE);
        assertThat(guest.inHardware(VA, Rights.USER_READ)).isEqualTo(NOWHERE);
        assertThat(guest.access(VA, Rights.USER_WRITE)).isEqualTo(Miss.NONE);
        assertThat(guest.exitsSince()).isEqualTo(Map.of(ExitCause.HIDDEN_REFILL, 1));
        assertThat(guest.told()).startsWith("the larger TLB has the page: the guest hears nothing: ");
        assertThat(guest.counts.fromLargerTlb).isEqualTo(1);
        assertThat(guest.inHardware(VA, Rights.USER_READ)).isEqualTo(guest.memory.find(GPA));
    }

    @Test
    void whatItGivesUpGoesFromHardwareToo() {
        guest = new TrappedGuest(4, true);
        guest.tlb.wire(60);
        for (int number = 0; number < 100; number++) {
            long page = OTHER + number * 2 * PAGE;
            guest.tlb.writeRandom(guest.entry(page, GPA, EVERYTHING));
            assertThat(guest.access(page, Rights.USER_READ)).isEqualTo(Miss.NONE);
            assertThat(guest.tlb.audit()).isEmpty();
        }
    }

    @Test
    void whatTheGuestProbesForInVainGoes() {
        fallOut(EVERYTHING);
        assertThat(guest.inHardware(VA, Rights.USER_READ)).isEqualTo(NOWHERE);
        assertThat(guest.access(VA, Rights.USER_READ)).isEqualTo(Miss.REFILL);
        assertThat(guest.counts.largerEmptied).as("that one alone").isZero();
    }

    @Test
    void aProbeThatFindsSomethingTakesNothingAway() {
        fallOutUnasked(EVERYTHING);
        guest.access(WIRED, Rights.USER_READ);
        assertThat(guest.tlb.probe(WIRED, guest.tlb.tag())).isZero();
        assertThat(guest.inHardware(WIRED, Rights.USER_READ)).isEqualTo(guest.memory.find(GPA));
        guest.tlb.hostChanges(GPA, PAGE);
        assertThat(guest.access(VA, Rights.USER_READ)).isEqualTo(Miss.NONE);
    }

    @Test
    void allGoesWhenTheGuestReadsAnEntry() {
        fallOutUnasked(EVERYTHING);
        guest.tlb.read(0, new Entry());
        assertThat(guest.counts.largerEmptied).isEqualTo(1);
        assertThat(guest.present()).isZero();
        assertThat(guest.access(VA, Rights.USER_READ)).isEqualTo(Miss.REFILL);
        guest.tlb.read(0, new Entry());
        assertThat(guest.counts.largerEmptied).as("there was nothing in it").isEqualTo(1);
    }

    @Test
    void allGoesWhenTheGuestWritesWhereItWill() {
        fallOutUnasked(EVERYTHING);
        guest.tlb.write(3, new Entry());
        assertThat(guest.counts.largerEmptied).isEqualTo(1);
        assertThat(guest.access(VA, Rights.USER_READ)).isEqualTo(Miss.REFILL);
    }

    @Test
    void itStaysWhenTheGuestWritesWhereAProbeHasJustFoundAnEntry() {
        fallOutUnasked(EVERYTHING);
        int index = guest.tlb.probe(WIRED, guest.tlb.tag());
        guest.tlb.write(index, guest.entry(WIRED, GPA, EVERYTHING));
        assertThat(guest.counts.largerEmptied).isZero();
        assertThat(guest.access(VA, Rights.USER_READ)).isEqualTo(Miss.NONE);
        guest.tlb.write(index, new Entry());
        assertThat(guest.counts.largerEmptied).as("the probe was for one write").isEqualTo(1);
        assertThat(guest.access(VA, Rights.USER_READ)).isEqualTo(Miss.REFILL);
    }

    @Test
    void whatDoesNotAllowTheAccessIsHeardAsAMissAndGoes() {
        fallOutUnasked(Rights.READ);
        assertThat(guest.access(VA, Rights.USER_WRITE)).isEqualTo(Miss.REFILL);
        assertThat(guest.inHardware(VA, Rights.USER_READ)).isEqualTo(NOWHERE);
        assertThat(guest.access(VA, Rights.USER_READ)).isEqualTo(Miss.REFILL);
        fallOutUnasked(EVERYTHING);
        assertThat(guest.access(VA + PAGE, Rights.USER_READ)).as("the invalid page beside it").isEqualTo(Miss.REFILL);
        assertThat(guest.access(VA, Rights.USER_READ)).isEqualTo(Miss.REFILL);
    }

    @Test
    void aNewEntryForThePageTakesItsPlace() {
        fallOutUnasked(EVERYTHING);
        guest.tlb.writeRandom(guest.entry(VA, GPA + 64 * PAGE, EVERYTHING));
        assertThat(guest.access(VA, Rights.USER_READ)).isEqualTo(Miss.NONE);
        assertThat(guest.inHardware(VA, Rights.USER_READ)).isEqualTo(guest.memory.find(GPA + 64 * PAGE));
        assertThat(guest.counts.fromLargerTlb).isZero();
    }

    @Test
    void aNewEntryForThePageTakesItsPlaceInHardwareWhateverTheGuestDidLast() {
        fallOutUnasked(EVERYTHING);
        guest.access(WIRED, Rights.USER_READ);
        guest.tlb.writeRandom(guest.entry(VA, GPA + 64 * PAGE, EVERYTHING));
        assertThat(guest.inHardware(VA, Rights.USER_READ)).as("the old one").isEqualTo(NOWHERE);
    }

    @Test
    void whatANewEntryReplacedIsNotUsedAgainWhenThatIsOverwritten() {
        fallOutUnasked(EVERYTHING);
        guest.tlb.writeRandom(guest.entry(VA, GPA + 64 * PAGE, EVERYTHING));
        int index = guest.tlb.probe(VA, guest.tlb.tag());
        guest.tlb.write(index, guest.entry(OTHER + (1L << 24), GPA, EVERYTHING));
        assertThat(guest.counts.largerEmptied).isZero();
        assertThat(guest.access(VA, Rights.USER_READ)).isEqualTo(Miss.REFILL);
    }

    @Test
    void whatDoesNotDoIsHeardAtOnce() {
        fallOutUnasked(Rights.READ);
        assertThat(guest.tlb.exception(Miss.REFILL, VA, Rights.USER_WRITE)).isEqualTo(Miss.REFILL);
        assertThat(guest.exitsSince()).isEqualTo(Map.of(ExitCause.PAGE_FAULT, 1));
    }

    @Test
    void withOnePlaceToChooseFromTheGuestKnowsWhatGoes() {
        guest.tlb.wire(63);
        guest.tlb.writeRandom(guest.entry(VA, GPA, EVERYTHING));
        guest.access(VA, Rights.USER_READ);
        guest.tlb.writeRandom(guest.entry(OTHER, GPA, EVERYTHING));
        assertThat(guest.inHardware(VA, Rights.USER_READ)).isEqualTo(NOWHERE);
        assertThat(guest.access(VA, Rights.USER_READ)).isEqualTo(Miss.REFILL);
    }

    @Test
    void whatFallsOutOfTheLargerOneIsUsedNoMore() {
        guest = new TrappedGuest(4, true);
        for (int number = 0; number < 300; number++) {
            long address = VA + number * 2 * PAGE;
            assertThat(guest.access(address, Rights.USER_READ)).isEqualTo(Miss.REFILL);
            guest.tlb.writeRandom(guest.entry(address, GPA + number * PAGE, EVERYTHING));
            assertThat(guest.tlb.audit()).isEmpty();
        }
        assertThat(guest.present()).as("what both have at most").isLessThanOrEqualTo(TrappedGuest.ENTRIES + 4);
    }

    @Test
    void whenAMeasurementBeginsItIsEmpty() {
        fallOutUnasked(EVERYTHING);
        guest.tlb.forget();
        assertThat(guest.access(VA, Rights.USER_READ)).isEqualTo(Miss.REFILL);
    }

    @Test
    void aDisplacedEntryOfAnotherSpaceIsFoundByItsTag() {
        fallOutUnasked(EVERYTHING);
        int tag = guest.tlb.tag();
        guest.tlb.selectTag(tag + 1);
        assertThat(guest.access(VA, Rights.USER_READ)).isEqualTo(Miss.REFILL);
        guest.tlb.selectTag(tag);
        guest.tlb.hostChanges(GPA, PAGE);
        assertThat(guest.access(VA, Rights.USER_READ)).isEqualTo(Miss.NONE);
    }
}
