package org.memvirt.runner.command;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProgressLineTest {
    @Test
    void oneOfSeveralSaysWhichItIs() {
        assertThat(ProgressLine.title("nested", 0, 1)).isEqualTo("nested");
        assertThat(ProgressLine.title("static", 1, 3)).isEqualTo("2 of 3, static");
    }
}
