package org.memvirt.mips;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.walk.Stage;

/** The shape of Linux's page tables on MIPS, and the bits of their entries: pgtable-32.h, pgtable-64.h, pgtable-bits.h. */
class SoftwareTableTest {
    private static final int PRESENT = 1;
    private static final int READ = 1 << 1;
    private static final int WRITE = 1 << 2;
    private static final int ACCESSED = 1 << 3;
    private static final int MODIFIED = 1 << 4;
    private static final int HUGE = 1 << 5;
    private static final int GLOBAL = 1 << 6;

    @Test
    void a32BitKernelHasTwoLevelsOfATableAPage() {
        SoftwareTable table = SoftwareTable.narrow();
        assertThat(table.name()).isEqualTo("linux-mips32");
        assertThat(table.description()).contains("32-bit Linux", "two levels, pages of 4K");
        assertThat(table.levels()).isEqualTo(2);
        assertThat(table.entryBytes()).isEqualTo(4);
        assertThat(table.inputBits()).isEqualTo(32);
        assertThat(table.outputBits()).isEqualTo(32);
        assertThat(table.pageShifts()).containsExactly(12);
        assertThat(table.coverShift(1)).isEqualTo(22);
        assertThat(table.kernelBase()).as("kseg0").isEqualTo(0x8000_0000L);
        assertThat(table.stages()).containsExactlyInAnyOrder(Stage.STAGE_1, Stage.STAGE_2);
        assertThat(table.options()).isEmpty();
        assertThat(table.with(Map.of())).isSameAs(table);
        assertThatThrownBy(() -> table.with(Map.of("page", "16K")))
                .hasMessage("format linux-mips32 has no option 'page'; it has none");
    }

    /** Of each size of page as many levels as Linux has, and a huge page at the second: what one of its entries covers. */
    @ParameterizedTest
    @CsvSource(textBlock = """
            4K,  3, 40, 12, 21
            16K, 3, 47, 14, 25
            64K, 2, 42, 16, 29
            """)
    void a64BitKernelsShapeFollowsItsPage(String page, int levels, int inputBits, int shift, int hugeShift) {
        PageTableFormat table = SoftwareTable.wide(12).with(Map.of("page", page));
        assertThat(table.name()).isEqualTo("linux-mips64");
        assertThat(table.description()).contains("64-bit Linux");
        assertThat(table.levels()).isEqualTo(levels);
        assertThat(table.entryBytes()).isEqualTo(8);
        assertThat(table.inputBits()).isEqualTo(inputBits);
        assertThat(table.outputBits()).isEqualTo(36);
        assertThat(table.pageShifts()).containsExactly(shift, hugeShift);
        assertThat(table.kernelBase()).as("programs have all of them").isEqualTo(1L << inputBits);
        assertThat(table.options()).extracting(option -> option.name() + "=" + option.defaultText())
                .containsExactly("page=4K");
    }

    @Test
    void thePageOfA64BitKernelIsOneOfThree() {
        SoftwareTable table = SoftwareTable.wide(12);
        assertThat(table.with(Map.of()).pageShifts()).containsExactly(12, 21);
        assertThatThrownBy(() -> table.with(Map.of("page", "8K")))
                .hasMessage("format linux-mips64: page=8K; it is 4K, 16K or 64K");
        assertThatThrownBy(() -> table.with(Map.of("size", "4K"))).hasMessageContaining("has no option 'size'");
    }

    @Test
    void anEntryHoldsSoftwaresBitsBelowTheAddress() {
        SoftwareTable table = SoftwareTable.wide(12);
        assertThat(table.tableEntry(0x12_3000, 2)).isEqualTo(0x12_3000 | PRESENT);
        assertThat(table.leafEntry(0x12_3000, 1, Rights.ALL, 0)).isEqualTo(0x12_3000 | PRESENT | READ | WRITE);
        assertThat(table.leafEntry(0x20_0000, 2, Rights.READ, 0)).isEqualTo(0x20_0000 | PRESENT | HUGE | READ);
        assertThat(table.leafEntry(0, 1, Rights.EXECUTE, PageTable.GLOBAL)).isEqualTo(PRESENT | READ | GLOBAL);
        assertThat(table.leafEntry(0, 1, Rights.WRITE, PageTable.ACCESSED)).isEqualTo(PRESENT | WRITE | ACCESSED);
        assertThat(table.leafEntry(0, 1, Rights.NONE, PageTable.DIRTY)).isEqualTo(PRESENT | MODIFIED);
        assertThat(table.withRights(0x12_3000 | PRESENT | READ | WRITE | MODIFIED, 1, Rights.READ))
                .isEqualTo(0x12_3000 | PRESENT | READ | MODIFIED);
        assertThat(table.withRights(PRESENT | READ | ACCESSED, 1, Rights.WRITE)).isEqualTo(PRESENT | WRITE | ACCESSED);
    }

    /** Reading and executing are one right, and kernel and user have the same. */
    @Test
    void aPageAllowsWhatReadAndWriteSay() {
        SoftwareTable table = SoftwareTable.narrow();
        assertThat(table.allowed(READ | WRITE, 0)).isEqualTo(Rights.ALL);
        assertThat(table.allowed(READ, 0)).isEqualTo(Rights.READ | Rights.EXECUTE);
        assertThat(table.allowed(WRITE, 0)).isEqualTo(Rights.WRITE);
        assertThat(table.allowed(PRESENT | ACCESSED | MODIFIED, 0)).isZero();
    }
}
