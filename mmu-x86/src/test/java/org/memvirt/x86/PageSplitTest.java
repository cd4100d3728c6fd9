package org.memvirt.x86;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.radix.Geometry;
import org.memvirt.api.table.Mapping;
import org.memvirt.api.table.PageTable;

/** What a large page holds beside its address stays in the pages that it is split into. */
final class PageSplitTest {
    /** The third entry of the table that a page of level {@code from} is split into, without what is address in it. */
    private static long splitOnce(OneMapping page, int from) {
        Geometry geometry = page.format.geometry();
        long address = geometry.levels().get(from - 2).leaf().address();
        page.table.split(page.input, geometry.levels().get(from - 2).shift());
        long table = page.entry(from) & geometry.levels().get(from - 1).table().address();
        long entry = page.memory.entry(table + 3 * page.entryBytes(), page.entryBytes());
        long third = page.output + (3L << geometry.levels().get(from - 2).shift());
        assertThat(Long.toHexString(entry & address)).isEqualTo(Long.toHexString(third));
        return entry & ~address;
    }

    @ParameterizedTest
    @CsvSource({
        // PWT, PCD, A, D, G, what is ignored, the key and XD stay; bit 12 of the page becomes bit 7 where it is small,
        "x86-64, 2, 21, f9f0000000001f78, f9f0000000000fff",
        // and else stays, as the page's size does.
        "x86-64, 3, 30, f9f0000000001f78, f9f0000000001fff",
        "x86-64, 2, 21, 0, 7",
        "pae, 2, 21, 8000000000001f78, 8000000000000fff",
        // What is ignored, the memory type, and suppress #VE.
        "ept, 2, 21, fff0000000000f40, fff0000000000f77",
        "ept, 3, 30, fff0000000000f40, fff0000000000ff7",
    })
    void bitsStayWhereTheyMeanTheSame(String name, int from, int shift, String bits, String expected) {
        OneMapping page = new OneMapping(name, "", shift, 0);
        page.bend(from, 0, Long.parseUnsignedLong(bits, 16));
        assertThat(Long.toHexString(splitOnce(page, from))).isEqualTo(expected);
    }

    /** PSE-36 lets large pages alone lie above 4 GiB. */
    @Test
    void aPageThatLiesWhereNoSmallOneCanStaysWhole() {
        OneMapping page = new OneMapping("ia32", "", 22);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> page.table.split(page.input, 12))
                .withMessageContaining("0x3c0000000");
        assertThat(requireNonNull(page.table.find(page.input)).pageShift()).isEqualTo(22);
        page.table.unmap(page.input);
        page.table.map(page.input, 0xffc0_0000L, 22, Rights.ALL, PageTable.GLOBAL);
        page.table.split(page.input, 12);
        Mapping last = requireNonNull(page.table.find(page.input + 0x3f_f000));
        assertThat(last.outputAddress()).isEqualTo(0xffff_f000L);
        assertThat(last.global()).isTrue();
    }
}
