package org.memvirt.runner.trace;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.workload.BadTrace;

class LackeySourceTest {
    /** Enough lines behind a line under test for the fast way to be taken, which keeps away from the buffer's end. */
    private static final String MORE = "I  04001090,3\n".repeat(8);

    private static LackeySource source(String text) {
        return source(text, 0);
    }

    private static LackeySource source(String text, long skip) {
        return new LackeySource(new ByteArrayInputStream(text.getBytes(US_ASCII)), "t.lackey", skip);
    }

    private static String first(String line) throws IOException {
        return Accesses.of(source(line + MORE), 64).getFirst();
    }

    @Test
    void eachKindBecomesItsRights() throws IOException {
        String text = "I  04001090,3\n L 1ffefff8e8,8\n S 1ffefff8e0,8\n M 0421b800,4\n";
        List<String> expected = List.of(
                Rights.USER_EXECUTE + " 4001090",
                Rights.USER_READ + " 1ffefff8e8",
                Rights.USER_WRITE + " 1ffefff8e0",
                (Rights.USER_READ | Rights.USER_WRITE) + " 421b800");
        assertThat(Accesses.of(source(text), 64)).isEqualTo(expected);
        assertThat(Accesses.of(source(text + MORE), 64).subList(0, 4)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "ab", "7fffffff", "123456789", "7fffabcd1234", "ffffffff81000000", "ABCDEF01"})
    void readsAddressesOfAnyLength(String address) throws IOException {
        String expected = "1 " + Long.toHexString(Long.parseUnsignedLong(address, 16));
        assertThat(first(" L " + address + ",1\n")).isEqualTo(expected);
        assertThat(Accesses.of(source(" L " + address + ",1\n"), 8)).containsExactly(expected);
    }

    @Test
    void anAccessAcrossAPageBecomesTwo() throws IOException {
        assertThat(Accesses.of(source(" M 00000ffe,4\n" + MORE), 64)).startsWith("3 ffe", "3 1000", "4 4001090");
        assertThat(Accesses.of(source(" S 00000fff,4095\n"), 64)).containsExactly("2 fff", "2 1000");
    }

    @Test
    void anAccessThatEndsAtAPagesEndStaysOne() throws IOException {
        assertThat(Accesses.of(source(" L 00000ff8,8\n L 00001000,16\n L 00002001,4095\n"), 64))
                .containsExactly("1 ff8", "1 1000", "1 2001");
    }

    @Test
    void theSecondHalfWaitsForTheNextBatch() throws IOException {
        String text = " L 00000ffe,4\n".repeat(5) + MORE;
        assertThat(Accesses.of(source(text), 1)).isEqualTo(Accesses.of(source(text), 64));
        assertThat(Accesses.of(source(text), 3)).isEqualTo(Accesses.of(source(text), 64));
    }

    @Test
    void whatValgrindSaysAndBlankLinesAreIgnored() throws IOException {
        String text =
                "==31415== Lackey, an example Valgrind tool\n--31415-- note\n\n I don't\n L 00001000,4\r\n==31415== \n";
        assertThat(Accesses.of(source(text, 1), 64)).containsExactly("1 1000");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "==00:00:00:00.000 17127== Lackey, an example Valgrind tool", "--00:01:02:03.456 17127-- note",
                "**17127** of the program's own", ">==17127== valgrind under valgrind", "==17127== ",
                "--29928:1:debuglog DebugLog system started", "SB 0401ab70", "SB 1ffeffee18\r",
                "SYSCALL[29359,1](12) sys_brk ( 0x0 ) --> [pre-success] Success(0x4035000) "
            })
    void everyOtherLineThatValgrindWritesIsPassedOver(String line) throws IOException {
        assertThat(Accesses.of(source(" L 00001000,4\n" + line + "\n" + MORE), 64)).hasSize(9).startsWith("1 1000");
        assertThat(new LackeyFormat().recognizes((line + "\n").getBytes(US_ASCII))).isTrue();
    }

    @Test
    void theLineOfTheLastAccessIsKnown() throws IOException {
        String text = " L 00001000,4\n==1== x\n L 00000ffe,4\n\nSB 10\n" + MORE;
        int[] lines = {1, 3, 3, 6, 7};
        for (int access = 0; access < lines.length; access++) {
            assertThat(Placed.of(source(text), access, -1)).isEqualTo("line " + lines[access]);
        }
        String many = "I  04001090,3\n".repeat(10_000);
        assertThat(Placed.of(source(many), 9_000, -1)).isEqualTo("line 9001");
        assertThat(Placed.of(source(" L ffffffffff600000,1\n".repeat(5) + many), 9_000, 1L << 47))
                .isEqualTo("line 9006");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hello", "I 04001090,3", "L 04001090,3", " X 04001090,3", "I  ,3", "I  04001090", "I  04001090,",
                "I  04001090,x", "I  04001090,3 ", "I  0400g090,3", "I  04001090;3", "I  12345678123456781,3",
                "=31415== x", "==x== y", "==00:00 17127== x", "SB", "SB 0401ab7g", "SB 0401ab70 x", "SYSCALL",
                "I  04001090,0", "I  04001090,4096", "I  04001090,99999999", "I  04001090,-1", "I  0400109\u007f,3"
            })
    void aBadLineIsNamedWithItsNumber(String bad) {
        String before = "I  04001090,3\n".repeat(2);
        for (String after : List.of("", MORE)) {
            List<String> given = new ArrayList<>();
            assertThatThrownBy(() -> Accesses.drain(source(before + bad + "\n" + after), 64, given))
                    .isInstanceOf(BadTrace.class)
                    .hasMessageContaining("t.lackey, line 3: '");
            assertThat(given).describedAs("what came before").hasSize(2);
        }
    }

    @Test
    void badLinesAreSkippedUpToANumber() throws IOException {
        String text = MORE + "nonsense\n" + MORE + "I  1,0\n" + MORE;
        LackeySource lenient = source(text, 2);
        assertThat(Accesses.of(lenient, 4)).hasSize(24);
        assertThat(lenient.skipped()).isEqualTo(2);
        assertThat(lenient.firstSkipped()).contains("line 9", "nonsense");
        assertThatThrownBy(() -> Accesses.of(source(text, 1), 4)).hasMessageContaining("line 18");
    }

    @Test
    void aCutLastLineIsBadEvenIfItLooksComplete() {
        assertThatThrownBy(() -> Accesses.of(source(MORE + " L 00001000,4"), 64))
                .isInstanceOf(BadTrace.class)
                .hasMessageContaining("line 9")
                .hasMessageContaining("in the middle of a line");
    }

    @Test
    void anEndlessLineIsRefused() {
        assertThatThrownBy(() -> Accesses.of(source("x".repeat(1 << 20)), 64))
                .isInstanceOf(BadTrace.class)
                .hasMessageContaining("line 1 is longer than");
    }

    @Test
    void whatCameBeforeAFailureOfTheInputIsGiven() {
        InputStream broken = new InputStream() {
            private final InputStream good = new ByteArrayInputStream((MORE + "I  04").getBytes(US_ASCII));

            @Override
            public int read() throws IOException {
                int next = good.read();
                if (next < 0) {
                    throw new IOException("disk on fire");
                }
                return next;
            }
        };
        List<String> given = new ArrayList<>();
        assertThatThrownBy(() -> Accesses.drain(new LackeySource(broken, "t", 0), 64, given))
                .hasMessage("disk on fire");
        assertThat(given).hasSize(8);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void readsLikeASimpleReader(long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        StringBuilder text = new StringBuilder();
        List<String> expected = new ArrayList<>();
        while (text.length() < 400_000) {
            append(random, text, expected);
        }
        InputStream input = new Trickle(text.toString().getBytes(US_ASCII), random.split());
        assertThat(Accesses.of(new LackeySource(input, "t", Long.MAX_VALUE), 1 + random.nextInt(5000)))
                .describedAs("seed %d", seed)
                .isEqualTo(expected);
    }

    private static void append(SplittableRandom random, StringBuilder text, List<String> expected) {
        if (random.nextInt(50) == 0) {
            text.append(List.of("==12== x", "", "bad", "I  zz,1", " L 100,0").get(random.nextInt(5))).append('\n');
            return;
        }
        int kind = random.nextInt(4);
        long address = random.nextLong() >>> random.nextInt(64);
        int size = random.nextInt(10) == 0 ? 1 + random.nextInt(4095) : 1 + random.nextInt(20);
        text.append(List.of("I  ", " L ", " S ", " M ").get(kind));
        text.append(random.nextBoolean() ? "%08x".formatted(address) : Long.toHexString(address));
        text.append(',').append(size).append('\n');
        int rights = new int[] {4, 1, 2, 3}[kind];
        expected.add(rights + " " + Long.toHexString(address));
        long room = 4096 - (address & 4095);
        if (size > room) {
            expected.add(rights + " " + Long.toHexString(address + room));
        }
    }

    @Test
    void fillsWholeBatchesFromALargeInput() throws IOException {
        LackeySource source = source("I  04001090,3\n".repeat(100_000));
        AccessBatch batch = new AccessBatch(4096);
        assertThat(source.fill(batch)).isTrue();
        assertThat(batch.length).isEqualTo(4096);
    }

    /** Gives its bytes in pieces of random length. */
    private static final class Trickle extends ByteArrayInputStream {
        private final SplittableRandom random;

        Trickle(byte[] bytes, SplittableRandom random) {
            super(bytes);
            this.random = random;
        }

        @Override
        public synchronized int read(byte[] bytes, int offset, int length) {
            return super.read(bytes, offset, Math.min(length, 1 + random.nextInt(3000)));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 131_071, 131_072, 131_073, 400_000})
    void emptyLinesAreCountedAndPassedOver(int lines) throws IOException {
        String text = " L 1000,8\n" + "\n".repeat(lines) + " L 2000,8\nbad\n";
        assertThatThrownBy(() -> Accesses.of(source(text), 64))
                .isInstanceOf(BadTrace.class)
                .hasMessageContaining("line %d: 'bad'".formatted(lines + 3));
        assertThat(Accesses.of(source(text.replace("bad\n", "")), 64)).containsExactly("1 1000", "1 2000");
    }
}
