package org.memvirt.vmm.shadow.tlb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.memvirt.vmm.shadow.tlb.TrappedGuest.EVERYTHING;
import static org.memvirt.vmm.shadow.tlb.TrappedGuest.NOWHERE;
import static org.memvirt.vmm.shadow.tlb.TrappedGuest.PAGE;

import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.SoftwareTlb.Entry;
import org.memvirt.api.tlb.SoftwareTlb.Miss;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.api.vmm.VmStopped;

/** What a guest whose TLB instructions trap sees of its TLB, and which exits that takes. */
final class TrappedTlbTest {
    private static final long VA = 64 * PAGE;
    private static final long GPA = 1 << 20;
    private static final int READ_ONLY = Rights.READ | Rights.EXECUTE;

    private TrappedGuest guest = new TrappedGuest(0, true);

    private long host(long gpa) {
        return guest.memory.find(gpa);
    }

    @AfterEach
    void hardwareHasNothingThatTheGuestHasNot() {
        assertThat(guest.tlb.audit()).isEmpty();
    }

    // The exceptions that the guest hears.

    @Test
    void aMissIsTheGuestsAndWhatItsHandlerWritesIsInHardwareAtOnce() {
        assertThat(guest.access(VA + 0x123, Rights.USER_READ)).isEqualTo(Miss.REFILL);
        assertThat(guest.told()).isEqualTo("the exception is the guest's own, and is delivered to it");
        assertThat(guest.exitsSince()).isEqualTo(Map.of(ExitCause.PAGE_FAULT, 1));
        assertThat(guest.counts.delivered).isEqualTo(1);
        guest.tlb.writeRandom(guest.entry(VA, GPA, EVERYTHING));
        assertThat(guest.told()).startsWith("the VMM writes it into hardware's TLB: 4K of 0x40000, tag 1, at hPA ")
                .endsWith("allowing rwxrwx");
        assertThat(guest.exitsSince()).isEqualTo(Map.of(ExitCause.TLB_INSTRUCTION, 1));
        assertThat(guest.inHardware(VA + 5, Rights.USER_READ)).isEqualTo(host(GPA + 5));
        assertThat(guest.access(VA, Rights.USER_WRITE)).isEqualTo(Miss.NONE);
        assertThat(guest.exitsSince()).isEmpty();
        assertThat(guest.counts.written).isEqualTo(1);
    }

    @Test
    void whatTheGuestHasAndHardwareLacksIsFilledInUnheard() {
        guest.tlb.write(3, guest.entry(VA, GPA, EVERYTHING));
        guest.exitsSince();
        assertThat(guest.inHardware(VA, Rights.USER_READ)).isEqualTo(NOWHERE);
        assertThat(guest.access(VA, Rights.USER_READ)).isEqualTo(Miss.NONE);
        assertThat(guest.exitsSince()).isEqualTo(Map.of(ExitCause.HIDDEN_REFILL, 1));
        assertThat(guest.told()).startsWith("the guest's TLB has the page: the VMM writes it into hardware's again: ");
        assertThat(guest.counts.fromGuestTlb).isEqualTo(1);
        assertThat(guest.counts.delivered).isZero();
        assertThat(guest.inHardware(VA, Rights.USER_READ)).isEqualTo(host(GPA));
    }

    @Test
    void anInvalidPageAndAStoreToACleanOneAreTheGuestsToo() {
        Entry entry = guest.entry(VA, GPA, READ_ONLY);
        guest.tlb.write(3, entry);
        assertThat(guest.access(VA + PAGE, Rights.USER_READ)).as("the pair's other page").isEqualTo(Miss.INVALID);
        assertThat(guest.access(VA, Rights.USER_WRITE)).isEqualTo(Miss.MODIFIED);
        assertThat(guest.counts.delivered).isEqualTo(2);
        assertThat(guest.exitsSince()).isEqualTo(Map.of(ExitCause.TLB_INSTRUCTION, 1, ExitCause.PAGE_FAULT, 2));
        assertThat(guest.access(VA, Rights.USER_READ)).isEqualTo(Miss.NONE);
        assertThat(guest.access(VA, Rights.USER_WRITE)).as("with the page in hardware").isEqualTo(Miss.MODIFIED);
    }

    @Test
    void whatIsForbiddenIsHeardAsHardwareCallsIt() {
        guest.tlb.write(3, guest.entry(VA, GPA, Rights.READ | Rights.WRITE));
        assertThat(guest.access(VA, Rights.USER_EXECUTE)).isEqualTo(Miss.PROTECTED);
        assertThat(guest.exitsSince()).as("it was filled, so that hardware could say that")
                .containsEntry(ExitCause.HIDDEN_REFILL, 1)
                .containsEntry(ExitCause.PAGE_FAULT, 1);
        assertThat(guest.access(VA, Rights.USER_EXECUTE)).isEqualTo(Miss.PROTECTED);
        assertThat(guest.exitsSince()).isEqualTo(Map.of(ExitCause.PAGE_FAULT, 1));
    }

    @Test
    void anAddressThatNobodyMayUseIsTheGuestsFault() {
        assertThat(guest.access(guest.layout.unmappedBase(), Rights.USER_READ)).isEqualTo(Miss.ADDRESS_ERROR);
        assertThat(guest.exitsSince()).isEqualTo(Map.of(ExitCause.PAGE_FAULT, 1));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theKernelsSegmentIsFilledInUnheard(boolean pairs) {
        guest = new TrappedGuest(0, pairs);
        long kernel = guest.layout.unmappedBase() + GPA;
        assertThat(guest.access(kernel, Rights.SUPERVISOR_WRITE)).isEqualTo(Miss.NONE);
        assertThat(guest.exitsSince()).isEqualTo(Map.of(ExitCause.HIDDEN_REFILL, 1));
        assertThat(guest.told()).startsWith("the VMM maps the kernel's segment: 4K of 0x4000000000100000");
        assertThat(guest.counts.ofKernelSegment).isEqualTo(1);
        assertThat(guest.inHardware(kernel, Rights.SUPERVISOR_WRITE)).isEqualTo(host(GPA));
        assertThat(guest.access(VA, Rights.USER_READ)).as("no page of the segment").isEqualTo(Miss.REFILL);
    }

    @Test
    void anAccessToTheSegmentIsNotWhatTheHandlerWasCalledFor() {
        guest.access(VA, Rights.USER_READ);
        guest.access(guest.layout.unmappedBase(), Rights.SUPERVISOR_READ);
        guest.tlb.writeRandom(guest.entry(VA, GPA, EVERYTHING));
        assertThat(guest.inHardware(VA, Rights.USER_READ)).isEqualTo(host(GPA));
    }

    @Test
    void whatCannotBeUsedYetIsWrittenAsFarAsThereIsMemory() {
        guest.access(VA, Rights.USER_WRITE);
        guest.tlb.writeRandom(guest.entry(VA, GPA, READ_ONLY));
        assertThat(guest.memory.populated).isZero();
        assertThat(guest.inHardware(VA, Rights.USER_READ)).as("for the store that will be heard").isEqualTo(host(GPA));
        guest.memory.places.put(GPA + 8 * PAGE, (long) NOWHERE);
        guest.access(VA + 8 * PAGE, Rights.USER_WRITE);
        guest.tlb.writeRandom(guest.entry(VA + 8 * PAGE, GPA + 8 * PAGE, READ_ONLY));
        assertThat(guest.told()).endsWith("nothing, since the host has no memory there yet");
        assertThat(guest.inHardware(VA + 8 * PAGE, Rights.USER_READ)).isEqualTo(NOWHERE);
        assertThat(guest.memory.populated).isZero();
    }

    // Its instructions.

    @Test
    void eachInstructionTrapsOnceAndTellsWhatItIs() {
        Entry entry = guest.entry(VA, GPA, EVERYTHING);
        guest.tlb.wire(2);
        assertThat(guest.told()).isEqualTo("the guest sets how many entries are wired");
        guest.tlb.selectTag(5);
        assertThat(guest.told())
                .isEqualTo("the guest selects an address-space tag; hardware gets one of the host's");
        guest.tlb.probe(VA, 5);
        assertThat(guest.told()).isEqualTo("the guest probes its TLB, which the VMM keeps");
        guest.tlb.write(1, entry);
        assertThat(guest.told()).isEqualTo("the guest writes an entry of its TLB, which the VMM keeps");
        guest.tlb.read(1, entry);
        assertThat(guest.told()).isEqualTo("the guest reads an entry of its TLB");
        guest.tlb.writeRandom(guest.entry(VA + 8 * PAGE, GPA, EVERYTHING));
        assertThat(guest.told())
                .isEqualTo("the guest writes an entry of its TLB at random, at a place that the VMM chooses");
        assertThat(guest.exitsSince()).isEqualTo(Map.of(ExitCause.TLB_INSTRUCTION, 6));
        assertThat(guest.tlb.wired()).isEqualTo(2);
        assertThat(guest.tlb.tag()).isEqualTo(5);
        assertThat(guest.tlb.entries()).isEqualTo(TrappedGuest.ENTRIES);
        assertThat(guest.tlb.inHardware()).isFalse();
    }

    @Test
    void whatItReadsIsWhatItWrote() {
        Entry written = guest.entry(VA, GPA, READ_ONLY);
        written.global = true;
        written.odd.valid = true;
        written.odd.output = GPA + 32 * PAGE;
        written.odd.allowed = EVERYTHING;
        written.odd.cacheAttribute = 3;
        guest.tlb.write(9, written);
        guest.access(VA, Rights.USER_READ);
        Entry read = new Entry();
        guest.tlb.read(9, read);
        assertThat(read).usingRecursiveComparison().isEqualTo(written);
        assertThat(guest.tlb.probe(VA + 2 * PAGE - 1, 7)).as("global").isEqualTo(9);
        assertThat(guest.tlb.probe(VA + 2 * PAGE, 0)).isEqualTo(-1);
    }

    @Test
    void randomWritesLeaveWiredEntriesAlone() {
        assertThatIllegalArgumentException().isThrownBy(() -> guest.tlb.wire(-1)).withMessageContaining("0 to 63");
        assertThatIllegalArgumentException().isThrownBy(() -> guest.tlb.wire(64)).withMessageContaining("not 64");
        guest.tlb.wire(0);
        guest.tlb.wire(61);
        boolean[] written = new boolean[TrappedGuest.ENTRIES];
        for (int number = 0; number < 100; number++) {
            written[guest.tlb.writeRandom(guest.entry(VA + number * 2 * PAGE, GPA, EVERYTHING))] = true;
        }
        for (int index = 0; index < written.length; index++) {
            assertThat(written[index]).as("%d", index).isEqualTo(index >= 61);
        }
        guest.tlb.wire(63);
        assertThat(guest.tlb.writeRandom(guest.entry(VA, GPA, EVERYTHING))).isEqualTo(63);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsOverwrittenIsUsedNoMore(boolean atRandom) {
        guest.tlb.wire(63);
        guest.tlb.write(63, guest.entry(VA, GPA, EVERYTHING));
        guest.access(VA, Rights.USER_READ);
        Entry other = guest.entry(VA + 8 * PAGE, GPA, EVERYTHING);
        if (atRandom) {
            guest.tlb.writeRandom(other);
        } else {
            guest.tlb.write(63, other);
        }
        assertThat(guest.inHardware(VA, Rights.USER_READ)).isEqualTo(NOWHERE);
        assertThat(guest.access(VA, Rights.USER_READ)).isEqualTo(Miss.REFILL);
    }

    @Test
    void anEntryThatSaysSomethingElseOfThePageTakesEffectAtOnce() {
        guest.tlb.write(4, guest.entry(VA, GPA, EVERYTHING));
        guest.access(VA, Rights.USER_WRITE);
        guest.tlb.write(4, guest.entry(VA, GPA + 16 * PAGE, READ_ONLY));
        assertThat(guest.inHardware(VA, Rights.USER_WRITE)).isEqualTo(NOWHERE);
        assertThat(guest.access(VA, Rights.USER_WRITE)).isEqualTo(Miss.MODIFIED);
        assertThat(guest.access(VA, Rights.USER_READ)).isEqualTo(Miss.NONE);
        assertThat(guest.inHardware(VA, Rights.USER_READ)).isEqualTo(host(GPA + 16 * PAGE));
        guest.tlb.write(4, new Entry());
        assertThat(guest.access(VA, Rights.USER_READ)).isEqualTo(Miss.REFILL);
    }

    @Test
    void whenAMeasurementBeginsAllEntriesAreLost() {
        guest.tlb.write(4, guest.entry(VA, GPA, EVERYTHING));
        guest.access(VA, Rights.USER_WRITE);
        guest.tlb.forget();
        assertThat(guest.present()).isZero();
        assertThat(guest.access(VA, Rights.USER_READ)).isEqualTo(Miss.REFILL);
    }

    // Memory that is not the guest's.

    @ParameterizedTest
    @ValueSource(longs = {TrappedGuest.BYTES, -PAGE})
    void aPageBeyondItsMemoryStopsTheGuest(long gpa) {
        guest.tlb.write(0, guest.entry(VA, gpa, EVERYTHING));
        assertThatExceptionOfType(VmStopped.class)
                .isThrownBy(() -> guest.access(VA, Rights.USER_READ))
                .withMessageContaining("its memory ends at 0x100000000");
        assertThat(guest.exits(ExitCause.OUT_OF_BOUNDS)).isEqualTo(1);
        assertThat(guest.present()).isZero();
    }

    @Test
    void aStoreThatTheHostNeverAllowsStopsTheGuest() {
        guest.memory.allowed.put(GPA, READ_ONLY);
        guest.memory.full = true;
        guest.tlb.write(0, guest.entry(VA, GPA, EVERYTHING));
        assertThat(guest.access(VA, Rights.USER_READ)).isEqualTo(Miss.NONE);
        assertThatExceptionOfType(VmStopped.class)
                .isThrownBy(() -> guest.access(VA, Rights.USER_WRITE))
                .withMessageContaining("-w---- at gPA 0x100000, which its host holds read-only");
    }

    // Modes.

    @Test
    void goingInAndOutOfTheKernelIsAnExitUnlessAnotherOneDoesIt() {
        guest.tlb.modeSwitch(true);
        guest.tlb.modeSwitch(false);
        assertThat(guest.exitsSince()).isEqualTo(Map.of(ExitCause.MODE_SWITCH, 2));
        guest.access(VA, Rights.USER_READ);
        guest.tlb.modeSwitch(true);
        guest.tlb.modeSwitch(false);
        assertThat(guest.exitsSince()).as("the exception's own has brought the guest to its handler")
                .isEqualTo(Map.of(ExitCause.PAGE_FAULT, 1));
        guest.tlb.returns();
        assertThat(guest.told()).isEqualTo("the guest's handler returns");
        assertThat(guest.exitsSince()).isEqualTo(Map.of(ExitCause.MODE_SWITCH, 1));
        guest.tlb.modeSwitch(true);
        assertThat(guest.exitsSince()).as("a program's call").isEqualTo(Map.of(ExitCause.MODE_SWITCH, 1));
    }

    @Test
    void aHandlerThatCallsItsKernelIsThereAlready() {
        guest.access(VA, Rights.USER_READ);
        guest.exitsSince();
        guest.tlb.callsKernel();
        guest.tlb.modeSwitch(true);
        assertThat(guest.exitsSince()).isEmpty();
        guest.tlb.modeSwitch(false);
        assertThat(guest.exitsSince()).as("back to the program").isEqualTo(Map.of(ExitCause.MODE_SWITCH, 1));
        guest.tlb.modeSwitch(true);
        assertThat(guest.exitsSince()).isEqualTo(Map.of(ExitCause.MODE_SWITCH, 1));
    }

    @ParameterizedTest
    @EnumSource(value = Miss.class, names = {"REFILL", "INVALID", "MODIFIED"})
    void everythingThatIsDeliveredCounts(Miss miss) {
        guest.tlb.write(0, guest.entry(VA, GPA, READ_ONLY));
        long address = switch (miss) {
            case REFILL -> VA + 8 * PAGE;
            case INVALID -> VA + PAGE;
            default -> VA;
        };
        assertThat(guest.access(address, Rights.USER_WRITE)).isEqualTo(miss);
        assertThat(guest.counts.delivered).isEqualTo(1);
    }
}
