package org.memvirt.api.access;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RightsTest {
    @Test
    void anAccessNeedsEveryBitThatItNames() {
        for (int allowed = 0; allowed <= Rights.ALL; allowed++) {
            for (int needed = 0; needed <= Rights.ALL; needed++) {
                boolean all = true;
                for (int bit = 1; bit <= Rights.SUPERVISOR_EXECUTE; bit <<= 1) {
                    all &= (needed & bit) == 0 || (allowed & bit) != 0;
                }
                assertThat(Rights.permit(allowed, needed)).isEqualTo(all);
            }
        }
    }

    @Test
    void theSixRightsAreSixBits() {
        assertThat(Rights.USER | Rights.SUPERVISOR).isEqualTo(Rights.ALL).isEqualTo(63);
        assertThat(Rights.USER & Rights.SUPERVISOR).isZero();
        assertThat(Rights.READ | Rights.WRITE | Rights.EXECUTE).isEqualTo(Rights.ALL);
        assertThat(Rights.USER << Rights.SUPERVISOR_SHIFT).isEqualTo(Rights.SUPERVISOR);
    }

    @ParameterizedTest
    @CsvSource({"0,------", "63,rwxrwx", "1,r-----", "10,-w-r--", "36,--x--x"})
    void rightsReadAsUserThenSupervisor(int rights, String text) {
        assertThat(Rights.text(rights)).isEqualTo(text);
    }
}
