package org.memvirt.engine.cache;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;

final class FrontTest {
    private final Front front = new Front();

    private boolean answers(long address, int need) {
        return front.skim(new long[] {address}, new byte[] {(byte) need}, 0, 1) == 1;
    }

    @Test
    void itAnswersNothingBeforeItWasToldAPage() {
        for (int right = 0; right < 6; right++) {
            assertThat(answers(0, 1 << right)).isFalse();
        }
    }

    @Test
    void itAnswersForAPageWhatItsEntryAllows() {
        front.put(0x5123, Rights.USER_READ, Rights.USER_READ | Rights.USER_WRITE);
        assertThat(answers(0x5000, Rights.USER_READ)).isTrue();
        assertThat(answers(0x5fff, Rights.USER_READ | Rights.USER_WRITE)).isTrue();
        assertThat(answers(0x5123, Rights.SUPERVISOR_READ)).isFalse();
        assertThat(answers(0x5123, Rights.USER_READ | Rights.SUPERVISOR_WRITE)).isFalse();
        assertThat(answers(0x5123 + (L1Filter.ROWS << 12), Rights.USER_READ)).as("another page of its row").isFalse();
    }

    @Test
    void fetchesAndDataAreApart() {
        front.put(0x5000, Rights.USER_EXECUTE, Rights.ALL);
        assertThat(answers(0x5000, Rights.SUPERVISOR_EXECUTE)).isTrue();
        assertThat(answers(0x5000, Rights.USER_READ)).isFalse();
        front.put(0x5000 + (L1Filter.ROWS << 12), Rights.SUPERVISOR_WRITE, Rights.ALL);
        assertThat(answers(0x5000, Rights.USER_EXECUTE)).as("data took no row of code").isTrue();
    }

    @Test
    void eachRowHasAPageOfItsOwn() {
        for (long page = 3; page < 3 + L1Filter.ROWS; page++) {
            front.put(page << 12, Rights.USER_READ, Rights.ALL);
        }
        for (long page = 3; page < 3 + L1Filter.ROWS; page++) {
            assertThat(answers(page << 12, Rights.USER_READ)).isTrue();
        }
    }

    @Test
    void itSkimsUpToTheFirstAccessThatItDoesNotAnswer() {
        front.put(0x1000, Rights.USER_READ, Rights.READ);
        front.put(0x2000, Rights.USER_READ, Rights.READ);
        byte[] kinds = {Rights.USER_READ, Rights.USER_READ, Rights.SUPERVISOR_READ, Rights.USER_READ};
        long[] addresses = {0x9000, 0x1000, 0x2000, 0x1008};
        assertThat(front.skim(addresses, kinds, 0, 4)).isZero();
        assertThat(front.skim(addresses, kinds, 1, 4)).isEqualTo(4);
        assertThat(front.skim(addresses, kinds, 1, 3)).isEqualTo(3);
        kinds[3] = Rights.USER_WRITE;
        assertThat(front.skim(addresses, kinds, 1, 4)).isEqualTo(3);
    }

    @Test
    void whatIsDroppedOrClearedIsNotAnswered() {
        front.put(0x20_1000, Rights.USER_READ, Rights.ALL);
        front.put(0x3f_f000, Rights.USER_EXECUTE, Rights.ALL);
        front.put(0x40_0000, Rights.USER_READ, Rights.ALL);
        front.put(0x40_2000, Rights.USER_READ, Rights.ALL);
        front.drop(0x20_0000, 21);
        assertThat(answers(0x20_1000, Rights.USER_READ)).isFalse();
        assertThat(answers(0x3f_f000, Rights.USER_EXECUTE)).isFalse();
        assertThat(answers(0x40_0000, Rights.USER_READ)).isTrue();
        front.drop(0x40_0000, 12);
        assertThat(answers(0x40_0000, Rights.USER_READ)).isFalse();
        assertThat(answers(0x40_2000, Rights.USER_READ)).isTrue();
        front.clear();
        assertThat(answers(0x40_2000, Rights.USER_READ)).isFalse();
    }
}
