package org.memvirt.mips;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.access.Rights;

class MipsProcessorTest {
    private final MipsProcessor cpu = processor(Models.CPU32);

    private static MipsProcessor processor(MipsModel model) {
        return new MipsProcessor(new MipsTlb(model, 0));
    }

    private static void write(MipsProcessor cpu, int index, long entryHi, long entryLo0, long entryLo1, long pageMask) {
        cpu.write(Register.PAGE_MASK, pageMask);
        cpu.write(Register.ENTRY_HI, entryHi);
        cpu.write(Register.ENTRY_LO0, entryLo0);
        cpu.write(Register.ENTRY_LO1, entryLo1);
        cpu.write(Register.INDEX, index);
        cpu.writeIndexed();
    }

    @Test
    void aMissTellsThePairInEveryRegister() {
        cpu.write(Register.CONTEXT, 0xc0ff_ffffL);
        assertThat(cpu.read(Register.CONTEXT)).as("the number of the pair is hardware's").isEqualTo(0xc080_0000L);
        cpu.write(Register.ENTRY_HI, 0x5a);
        assertThat(cpu.access(0x1234_5678L, Rights.READ, 4)).isFalse();
        assertThat(cpu.exception()).isEqualTo(ExceptionCode.TLBL);
        assertThat(cpu.vector()).isZero();
        assertThat(cpu.read(Register.BAD_VADDR)).isEqualTo(0x1234_5678);
        assertThat(cpu.read(Register.ENTRY_HI)).isEqualTo(0x1234_405a);
        assertThat(cpu.read(Register.CONTEXT)).isEqualTo(0xc080_0000L | 0x1234_5678 >>> 13 << 4);
        assertThat(cpu.read(Register.CAUSE)).isEqualTo(2 << 2);
        assertThat(cpu.read(Register.STATUS)).isEqualTo(Status.EXL);
        assertThat(cpu.read(Register.XCONTEXT)).isZero();
        assertThat(cpu.access(0x1234_5678L, Rights.WRITE, 4)).isFalse();
        assertThat(cpu.exception()).isEqualTo(ExceptionCode.TLBS);
        assertThat(cpu.vector()).as("within a handler").isEqualTo(0x180);
    }

    @Test
    void aHandlerRefillsByWhatTheRegistersTell() {
        cpu.write(Register.ENTRY_HI, 0x11);
        assertThat(cpu.access(0x40_3004L, Rights.WRITE, 4)).isFalse();
        cpu.write(Register.ENTRY_LO0, 0x1000 << 6 | 0x1e);
        cpu.write(Register.ENTRY_LO1, 0x2000 << 6 | 0x1e);
        cpu.write(Register.PAGE_MASK, 0);
        cpu.writeRandom();
        cpu.write(Register.STATUS, 0);
        assertThat(cpu.access(0x40_3004L, Rights.WRITE, 4)).isTrue();
        assertThat(cpu.physicalAddress()).isEqualTo(0x200_0004);
        cpu.probe();
        assertThat(cpu.read(Register.INDEX)).isEqualTo(15);
        cpu.readIndexed();
        assertThat(cpu.read(Register.ENTRY_LO1)).isEqualTo(0x2000 << 6 | 0x1e);
    }

    @Test
    void anAddressErrorTellsNothingButTheAddress() {
        cpu.write(Register.ENTRY_HI, 0x5a);
        assertThat(cpu.access(0x1002, Rights.READ, 4)).isFalse();
        assertThat(cpu.exception()).isEqualTo(ExceptionCode.ADEL);
        assertThat(cpu.vector()).isEqualTo(0x180);
        assertThat(cpu.read(Register.BAD_VADDR)).isEqualTo(0x1002);
        assertThat(cpu.read(Register.ENTRY_HI)).isEqualTo(0x5a);
        assertThat(cpu.read(Register.CONTEXT)).isZero();
        assertThat(cpu.access(0x8000_0001L, Rights.WRITE, 2)).isFalse();
        assertThat(cpu.exception()).isEqualTo(ExceptionCode.ADES);
        assertThat(cpu.access(0x8000_0001L, Rights.WRITE, 1)).isTrue();
        assertThat(cpu.access(0x8000_0004L, Rights.WRITE, 8)).isFalse();
    }

    @Test
    void aStatusIsWrittenAsFarAsTheProcessorHasIt() {
        cpu.write(Register.STATUS, -1);
        assertThat(cpu.read(Register.STATUS)).isEqualTo(0x1e);
        MipsProcessor wide = processor(Models.CPU64);
        wide.write(Register.STATUS, -1);
        assertThat(wide.read(Register.STATUS)).isEqualTo(0xfe);
        MipsProcessor old = processor(Presets.model(Presets.all().get(2)));
        old.write(Register.STATUS, 0x8);
        assertThat(old.read(Register.STATUS)).as("a 4Kc has no supervisor mode").isZero();
        old.write(Register.STATUS, 0x18);
        assertThat(old.read(Register.STATUS)).isEqualTo(0x10);
    }

    @Test
    void registersThatAreReadOnlyStay() {
        for (Register register : new Register[] {Register.RANDOM, Register.BAD_VADDR, Register.CAUSE}) {
            long before = cpu.read(register);
            cpu.write(register, 5);
            assertThat(cpu.read(register)).isEqualTo(before);
        }
    }

    /** Masks of pages: {@code 4^n} of them, from the smallest to the largest; of others none. */
    @ParameterizedTest
    @CsvSource(textBlock = """
            0x0,        0x0,        0x0
            0x1800,     0x0,        0x1800
            0x6000,     0x6000,     0x0
            0x7800,     0x6000,     0x7800
            0x2000,     0x0,        0x0
            0xe000,     0x0,        0x0
            0x1fffe000, 0x1fffe000, 0x0
            0x1ffff800, 0x1fffe000, 0x1ffff800
            0x7fffe000, 0x1fffe000, 0x0
            0x18000,    0x0,        0x0
            """)
    void pageMasks(String written, String read, String withSmallPages) {
        cpu.write(Register.PAGE_MASK, Long.decode(written));
        assertThat(cpu.read(Register.PAGE_MASK)).isEqualTo(Long.decode(read));
        MipsProcessor full = processor(Models.FULL32);
        full.write(Register.PAGE_GRAIN, EntryRegisters.ESP);
        full.write(Register.PAGE_MASK, Long.decode(written));
        assertThat(full.read(Register.PAGE_MASK)).isEqualTo(Long.decode(withSmallPages));
    }

    @Test
    void pagesOf1KiBHaveFramesOf1KiB() {
        MipsProcessor full = processor(Models.FULL32);
        full.write(Register.PAGE_GRAIN, EntryRegisters.ESP);
        write(full, 1, 0x40_0800, 0x48d15 << 6 | 6, 0x5 << 6 | 6, 0);
        assertThat(full.access(0x40_0bfc, Rights.WRITE, 4)).isTrue();
        assertThat(full.physicalAddress()).isEqualTo((0x48d15L << 10) + 0x3fc);
        assertThat(full.access(0x40_0c00, Rights.WRITE, 4)).isTrue();
        assertThat(full.physicalAddress()).isEqualTo(5 << 10);
        assertThat(full.access(0x40_1000, Rights.WRITE, 4)).isFalse();
        assertThat(full.read(Register.ENTRY_HI)).isEqualTo(0x40_1000);
        assertThat(full.access(0x40_1800, Rights.WRITE, 4)).isFalse();
        assertThat(full.read(Register.ENTRY_HI)).isEqualTo(0x40_1800);
    }

    @Test
    void aPageCanInhibitReadsAndExecution() {
        MipsProcessor full = processor(Models.FULL32);
        long inhibited = 0xc000_0000L | 6;
        write(full, 0, 0x40_0000, inhibited, inhibited, 0);
        assertThat(full.access(0x40_0000, Rights.READ, 4)).as("RIE and XIE are off").isTrue();
        full.write(Register.PAGE_GRAIN, EntryRegisters.RIE | EntryRegisters.XIE);
        write(full, 0, 0x40_0000, inhibited, inhibited, 0);
        assertThat(full.read(Register.ENTRY_LO0)).isEqualTo(inhibited);
        full.write(Register.STATUS, 0);
        assertThat(full.access(0x40_0000, Rights.READ, 4)).isFalse();
        assertThat(full.exception()).isEqualTo(ExceptionCode.TLBL);
        assertThat(full.access(0x40_0000, Rights.WRITE, 4)).isTrue();
        full.write(Register.PAGE_GRAIN, EntryRegisters.RIE | EntryRegisters.XIE | EntryRegisters.IEC);
        assertThat(full.access(0x40_0000, Rights.READ, 4)).isFalse();
        assertThat(full.exception()).isEqualTo(ExceptionCode.TLBRI);
        assertThat(full.exception().number()).isEqualTo(19);
        assertThat(full.access(0x40_0000, Rights.EXECUTE, 4)).isFalse();
        assertThat(full.exception()).isEqualTo(ExceptionCode.TLBXI);
        full.write(Register.PAGE_GRAIN, 0);
        assertThat(full.read(Register.ENTRY_LO0)).as("bits that are off read as 0").isEqualTo(6);
    }

    @Test
    void anEntryCanBeMadeToMatchNothing() {
        MipsProcessor full = processor(Models.FULL32);
        write(full, 3, 0x40_0001, 7, 7, 0);
        write(full, 3, 0x40_0001 | EntryRegisters.EHINV, 7, 7, 0);
        full.probe();
        assertThat(full.read(Register.INDEX)).isEqualTo(MipsProcessor.PROBE_FAILED);
        full.write(Register.INDEX, 3);
        full.readIndexed();
        assertThat(full.read(Register.ENTRY_HI)).isEqualTo(EntryRegisters.EHINV);
        assertThat(full.read(Register.ENTRY_LO0)).isZero();
        write(cpu, 3, 0x40_0001 | EntryRegisters.EHINV, 7, 7, 0);
        cpu.probe();
        assertThat(cpu.read(Register.INDEX)).as("a processor without EHINV").isEqualTo(3);
    }

    @Test
    void tlbinvLeavesGlobalEntriesAndOtherSpaces() {
        MipsProcessor full = processor(Models.FULL32);
        write(full, 0, 0x40_0001, 6, 6, 0);
        write(full, 1, 0x50_0002, 6, 6, 0);
        write(full, 2, 0x60_0001, 7, 7, 0);
        full.write(Register.ENTRY_HI, 1);
        assertThat(full.access(0x40_0000, Rights.READ, 4)).isTrue();
        full.invalidate();
        assertThat(full.access(0x40_0000, Rights.READ, 4)).isFalse();
        assertThat(full.access(0x60_0000, Rights.READ, 4)).isTrue();
        full.write(Register.ENTRY_HI, 2);
        assertThat(full.access(0x50_0000, Rights.READ, 4)).isTrue();
        full.invalidateAll();
        assertThat(full.access(0x60_0000, Rights.READ, 4)).isFalse();
        assertThatThrownBy(cpu::invalidate).hasMessage("cpu32 has neither TLBINV nor TLBINVF");
        assertThatThrownBy(cpu::invalidateAll).hasMessageContaining("neither");
    }

    @Test
    void instructionsOnAnEntryThatIsNotThereDoNothing() {
        write(cpu, 16, 0x40_0001, 7, 7, 0);
        for (int i = 0; i < 16; i++) {
            assertThat(cpu.tlb().probe(0x40_0000, 1)).isEqualTo(-1);
        }
        cpu.write(Register.ENTRY_LO0, 0x1234);
        cpu.readIndexed();
        assertThat(cpu.read(Register.ENTRY_LO0)).isEqualTo(0x1234);
        cpu.probe();
        cpu.writeIndexed();
        cpu.readIndexed();
        assertThat(cpu.read(Register.ENTRY_HI)).as("Index is what TLBP left, no entry").isEqualTo(0x40_0001);
    }

    @Test
    void theVectorOfARefillFollowsTheWidthOfTheSegment() {
        MipsProcessor wide = processor(Models.CPU64);
        assertThat(vector(wide, Status.UX, 0x1000)).isEqualTo(0x80);
        assertThat(vector(wide, Status.KX | Status.SX, 0x1000)).isZero();
        assertThat(vector(wide, Status.SX, 0x4000_0000_0000_0000L)).isEqualTo(0x80);
        assertThat(vector(wide, Status.SX, 0xffff_ffff_c000_0000L)).isEqualTo(0x80);
        assertThat(vector(wide, Status.KX, 0xffff_ffff_c000_0000L)).isZero();
        assertThat(vector(wide, Status.KX, 0xffff_ffff_e000_0000L)).isEqualTo(0x80);
        assertThat(vector(wide, Status.SX, 0xffff_ffff_e000_0000L)).isZero();
        assertThat(vector(wide, Status.KX, 0xc000_0000_0000_0000L)).isEqualTo(0x80);
        assertThat(vector(wide, Status.KX | Status.EXL, 0xc000_0000_0000_0000L)).isEqualTo(0x180);
        assertThat(vector(wide, Status.KX | Status.ERL, 0xc000_0000_0000_0000L)).isEqualTo(0x80);
        // SEGBITS is 42: the pair's number has 29 bits, and the region stands above it.
        assertThat(wide.read(Register.XCONTEXT)).isEqualTo(3L << 33);
        wide.write(Register.XCONTEXT, -1);
        assertThat(wide.read(Register.XCONTEXT)).isEqualTo(-1L << 35 | 3L << 33);
        wide.write(Register.CONTEXT, -1);
        assertThat(wide.read(Register.CONTEXT)).isEqualTo(-1L << 23);
    }

    private static int vector(MipsProcessor cpu, long status, long address) {
        cpu.write(Register.STATUS, status);
        assertThat(cpu.access(address, Rights.READ, 4)).isFalse();
        return cpu.vector();
    }

    @Test
    void bitsBelowAPagesSizeAreClearedAndToldAsOpen() {
        write(cpu, 0, 0x7654_2011, 0x3ff_ffff, 0x3ff_fffe, 0x1e000);
        cpu.write(Register.INDEX, 0);
        cpu.readIndexed();
        assertThat(cpu.read(Register.ENTRY_HI)).isEqualTo(0x7654_0011);
        assertThat(cpu.read(Register.ENTRY_LO0)).isEqualTo(0x3ff_fc3e);
        assertThat(cpu.openOfHi()).isEqualTo(0x1_e000);
        assertThat(cpu.openOfLo()).isEqualTo(0x3c0);
    }

    @Test
    void aFrameHasAsManyBitsAsAPhysicalAddress() {
        cpu.write(Register.ENTRY_LO0, -1);
        assertThat(cpu.read(Register.ENTRY_LO0)).isEqualTo(0x3ff_ffff);
        MipsProcessor wide = processor(Models.CPU64);
        wide.write(Register.ENTRY_LO0, -1);
        assertThat(wide.read(Register.ENTRY_LO0)).isEqualTo(0x3fff_ffff);
        MipsProcessor full = processor(Models.FULL64);
        full.write(Register.PAGE_GRAIN, -1);
        full.write(Register.ENTRY_LO0, -1);
        assertThat(full.read(Register.ENTRY_LO0)).isEqualTo(0xc000_0000_3fff_ffffL);
        assertThat(full.read(Register.PAGE_GRAIN)).isEqualTo(0xd800_0000L);
    }

    /** PRA, TLBR: it reads the entry at Index, whatever was written last. */
    @Test
    void tlbrReadsTheEntryAtIndex() {
        write(cpu, 4, 0x7654_8011, 0x40 << 6 | 0x16, 0x44 << 6 | 0x2e, 0x6000);
        write(cpu, 5, 0x1000_2022, 0x50 << 6 | 0x12, 0x51 << 6 | 0x0a, 0);
        cpu.write(Register.INDEX, 4);
        assertThat(cpu.openOfHi()).isEqualTo(0x6000);
        assertThat(cpu.openOfLo()).isEqualTo(3 << 6);
        cpu.write(Register.INDEX, 5);
        assertThat(cpu.openOfHi()).isZero();
        cpu.write(Register.INDEX, 4);
        cpu.readIndexed();
        assertThat(cpu.read(Register.ENTRY_HI)).isEqualTo(0x7654_8011);
        assertThat(cpu.read(Register.ENTRY_LO0)).as("C=2, D, V").isEqualTo(0x40 << 6 | 0x16);
        assertThat(cpu.read(Register.ENTRY_LO1)).as("C=5, D, V").isEqualTo(0x44 << 6 | 0x2e);
        assertThat(cpu.read(Register.PAGE_MASK)).isEqualTo(0x6000);
        cpu.write(Register.INDEX, 5);
        cpu.readIndexed();
        assertThat(cpu.read(Register.ENTRY_HI)).isEqualTo(0x1000_2022);
        assertThat(cpu.read(Register.ENTRY_LO0)).as("C=2, V").isEqualTo(0x50 << 6 | 0x12);
        assertThat(cpu.read(Register.ENTRY_LO1)).as("C=1, V").isEqualTo(0x51 << 6 | 0x0a);
        assertThat(cpu.read(Register.PAGE_MASK)).isZero();
    }

    /** RI and XI are the two topmost bits of EntryLo, and each is a page's own. */
    @ParameterizedTest
    @CsvSource({"false, 31", "true, 63"})
    void tlbrReadsWhatAPageInhibits(boolean wide, int top) {
        MipsProcessor full = processor(wide ? Models.FULL64 : Models.FULL32);
        full.write(Register.PAGE_GRAIN, EntryRegisters.RIE | EntryRegisters.XIE);
        long readInhibit = 1L << top;
        long executeInhibit = 1L << top - 1;
        write(full, 0, 0x40_0001, readInhibit | 6, executeInhibit | 6, 0x6000);
        full.write(Register.ENTRY_LO0, 0);
        full.write(Register.ENTRY_LO1, 0);
        full.readIndexed();
        assertThat(full.read(Register.ENTRY_LO0)).isEqualTo(readInhibit | 6);
        assertThat(full.read(Register.ENTRY_LO1)).isEqualTo(executeInhibit | 6);
        write(full, 0, 0x40_0001 | EntryRegisters.EHINV, 6, 6, 0x6000);
        full.readIndexed();
        assertThat(full.read(Register.PAGE_MASK)).as("an entry that is invalid reads as zeros").isZero();
        assertThat(full.read(Register.ENTRY_LO1)).isZero();
    }

    /** PRA, "Wired Register": values that leave no entry free are UNDEFINED; here they change nothing. */
    @Test
    void wiredHoldsFewerThanAllEntries() {
        cpu.write(Register.WIRED, 15);
        assertThat(cpu.read(Register.WIRED)).isEqualTo(15);
        cpu.write(Register.WIRED, 16);
        cpu.write(Register.WIRED, -1);
        assertThat(cpu.read(Register.WIRED)).isEqualTo(15);
        assertThat(cpu.read(Register.RANDOM)).isEqualTo(15);
        cpu.write(Register.WIRED, 0);
        assertThat(cpu.read(Register.WIRED)).isZero();
    }

    /** After a reset there are no 64-bit segments, and the ASID is 0. */
    @Test
    void aProcessorBeginsWithRegistersOfZero() {
        MipsTlb tlb = new MipsTlb(Models.CPU64, 0);
        tlb.selectTag(5);
        MipsProcessor wide = new MipsProcessor(tlb);
        assertThat(tlb.tag()).isZero();
        assertThat(wide.access(1L << 33, Rights.READ, 4)).isFalse();
        assertThat(wide.exception()).isEqualTo(ExceptionCode.ADEL);
        wide.write(Register.STATUS, Status.UX);
        assertThat(wide.access(1L << 33, Rights.READ, 4)).isFalse();
        assertThat(wide.exception()).isEqualTo(ExceptionCode.TLBL);
    }

    /** A register of a 32-bit processor has 32 bits, however the address is given. */
    @Test
    void badVaddrHasTheBitsOfARegister() {
        assertThat(cpu.access(0xffff_ffff_c000_2000L, Rights.READ, 4)).isFalse();
        assertThat(cpu.read(Register.BAD_VADDR)).isEqualTo(0xc000_2000L);
        assertThat(cpu.read(Register.ENTRY_HI)).isEqualTo(0xc000_2000L);
        assertThat(cpu.read(Register.CONTEXT)).isEqualTo(0xc000_2000L >>> 13 << 4);
        MipsProcessor wide = processor(Models.CPU64);
        assertThat(wide.access(0xffff_ffff_c000_2000L, Rights.READ, 4)).isFalse();
        assertThat(wide.read(Register.BAD_VADDR)).isEqualTo(0xffff_ffff_c000_2000L);
    }
}
