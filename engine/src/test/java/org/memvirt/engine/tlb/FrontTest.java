package org.memvirt.engine.tlb;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;

final class FrontTest {
    private static final int ROWS = 64;

    private final Uses uses = new Uses(8);
    private final Front front = new Front(uses);

    private boolean answers(long address, int need) {
        return front.skim(new long[] {address}, new byte[] {(byte) need}, 0, 1, 0) == 1;
    }

    @Test
    void itAnswersNothingBeforeItWasToldAPage() {
        for (int right = 0; right < 6; right++) {
            assertThat(answers(0, 1 << right)).isFalse();
        }
    }

    @Test
    void itAnswersForAPageWhatItsEntryAllows() {
        front.put(0x5123, Rights.USER_READ, 12, Rights.USER_READ | Rights.USER_WRITE, 1);
        assertThat(answers(0x5000, Rights.USER_READ)).isTrue();
        assertThat(answers(0x5fff, Rights.USER_READ | Rights.USER_WRITE)).isTrue();
        assertThat(answers(0x5123, Rights.SUPERVISOR_READ)).isFalse();
        assertThat(answers(0x5123, Rights.USER_READ | Rights.SUPERVISOR_WRITE)).isFalse();
        assertThat(answers(0x5123 + (ROWS << 12), Rights.USER_READ)).as("another page of its row").isFalse();
    }

    @Test
    void fetchesAndDataAreApart() {
        front.put(0x5000, Rights.USER_EXECUTE, 12, Rights.ALL, 1);
        assertThat(answers(0x5000, Rights.SUPERVISOR_EXECUTE)).isTrue();
        assertThat(answers(0x5000, Rights.USER_READ)).isFalse();
        front.put(0x5000 + (ROWS << 12), Rights.SUPERVISOR_WRITE, 12, Rights.ALL, 1);
        assertThat(answers(0x5000, Rights.USER_EXECUTE)).as("data took no row of code").isTrue();
    }

    @Test
    void eachRowHasAPageOfItsOwn() {
        for (long page = 3; page < 3 + ROWS; page++) {
            front.put(page << 12, Rights.USER_READ, 12, Rights.ALL, 1);
        }
        for (long page = 3; page < 3 + ROWS; page++) {
            assertThat(answers(page << 12, Rights.USER_READ)).isTrue();
        }
    }

    @Test
    void itSkimsUpToTheFirstAccessThatItDoesNotAnswer() {
        front.put(0x1000, Rights.USER_READ, 12, Rights.READ, 1);
        front.put(0x2000, Rights.USER_READ, 12, Rights.READ, 1);
        byte[] kinds = {Rights.USER_READ, Rights.USER_READ, Rights.SUPERVISOR_READ, Rights.USER_READ};
        long[] addresses = {0x9000, 0x1000, 0x2000, 0x1008};
        assertThat(front.skim(addresses, kinds, 0, 4, 0)).isZero();
        assertThat(front.skim(addresses, kinds, 1, 4, 0)).isEqualTo(4);
        assertThat(front.skim(addresses, kinds, 1, 3, 0)).isEqualTo(3);
        kinds[3] = Rights.USER_WRITE;
        assertThat(front.skim(addresses, kinds, 1, 4, 0)).isEqualTo(3);
    }

    @Test
    void pagesOfOneMoreSizeHaveRowsOfTheirOwn() {
        front.put(0x1000, Rights.USER_READ, 12, Rights.ALL, 1);
        front.put(0x20_0000, Rights.USER_READ, 21, Rights.READ, 2);
        front.put(0x40_0000, Rights.USER_READ, 21, Rights.READ, 3);
        assertThat(answers(0x1000, Rights.USER_READ)).isTrue();
        assertThat(answers(0x3f_f000, Rights.USER_READ)).isTrue();
        assertThat(answers(0x3f_f000, Rights.USER_WRITE)).isFalse();
        assertThat(answers(0x5f_f000, Rights.USER_READ)).isTrue();
        assertThat(answers(0x60_0000, Rights.USER_READ)).isFalse();
        front.put(0x8000_0000L, Rights.USER_READ, 30, Rights.READ, 4);
        assertThat(answers(0xbfff_ffffL, Rights.USER_READ)).isTrue();
        assertThat(answers(0x20_0000, Rights.USER_READ)).as("a third size takes the place of the second").isFalse();
        assertThat(answers(0x1000, Rights.USER_READ)).isTrue();
    }

    @Test
    void eachAnswerIsAUseAtItsTime() {
        front.put(0x1000, Rights.USER_READ, 12, Rights.ALL, 1);
        front.put(0x20_0000, Rights.USER_READ, 21, Rights.ALL, 2);
        long[] addresses = {0x1000, 0x1fff, 0x20_1000, 0x1008};
        byte[] kinds = {1, 1, 1, 1};
        assertThat(front.skim(addresses, kinds, 0, 3, 700)).isEqualTo(3);
        assertThat(uses.last[1]).isEqualTo(701);
        assertThat(uses.last[2]).isEqualTo(702);
    }

    @Test
    void whatIsDroppedOrClearedIsNotAnswered() {
        front.put(0x20_1000, Rights.USER_READ, 12, Rights.ALL, 1);
        front.put(0x40_2000, Rights.USER_EXECUTE, 12, Rights.ALL, 2);
        front.put(0x60_0000, Rights.USER_READ, 21, Rights.ALL, 3);
        front.put(0x80_0000, Rights.USER_EXECUTE, 21, Rights.ALL, 4);
        front.drop(0x20_1000, 12);
        assertThat(answers(0x20_1000, Rights.USER_READ)).isFalse();
        assertThat(answers(0x40_2000, Rights.USER_EXECUTE)).isTrue();
        front.drop(0x80_0000, 21);
        assertThat(answers(0x80_3000, Rights.USER_EXECUTE)).isFalse();
        assertThat(answers(0x60_3000, Rights.USER_READ)).isTrue();
        front.save();
        front.clear();
        assertThat(answers(0x40_2000, Rights.USER_EXECUTE)).isFalse();
        assertThat(answers(0x60_3000, Rights.USER_READ)).isFalse();
        front.restore();
        assertThat(answers(0x40_2000, Rights.USER_EXECUTE)).isTrue();
        assertThat(answers(0x60_3000, Rights.USER_READ)).isTrue();
    }
}
