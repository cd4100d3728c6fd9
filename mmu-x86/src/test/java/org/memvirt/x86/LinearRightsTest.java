package org.memvirt.x86;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.access.Rights;

/** SDM, "Access Rights" and "Protection Keys", row by row; rights are rwxrwx, the user's first. */
class LinearRightsTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # page          | controls                                     | rights
            user rw x       |                                              | rwxrwx
            user ro x       |                                              | r-xr-x
            user rw nx      |                                              | rw-rw-
            user ro nx      |                                              | r--r--
            supervisor rw x |                                              | ---rwx
            supervisor ro x |                                              | ---r-x
            supervisor ro nx|                                              | ---r--
            user ro x       | wp=off                                       | r-xrwx
            supervisor ro nx| wp=off                                       | ---rw-
            user rw x       | smep=on                                      | rwxrw-
            supervisor rw x | smep=on                                      | ---rwx
            user rw x       | smap=on                                      | rwx--x
            user ro x       | smap=on wp=off                               | r-x--x
            user rw x       | smap=on ac=on                                | rwxrwx
            user ro nx      | smap=on ac=on wp=off                         | r--rw-
            supervisor rw x | smap=on                                      | ---rwx
            user rw x       | smap=on smep=on                              | rwx---
            """)
    void rightsFollowPageAndControls(String page, String controls, String rights) {
        String options = controls == null ? "" : controls;
        for (int level : new int[] {1, 2, 3, 4}) {
            OneMapping mapping = new OneMapping("x86-64", options, 12);
            mapping.bend(
                    level,
                    (page.contains("supervisor") ? EntryBits.USER : 0) | (page.contains("ro") ? EntryBits.WRITABLE : 0),
                    page.contains("nx") ? EntryBits.EXECUTE_DISABLE : 0);
            assertThat(Rights.text(mapping.allowed())).as("bits at level %d", level).isEqualTo(rights);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # page       | key | controls                                    | rights
            user rw      | 1   | pke=on pkru=0x4                             | --x--x
            user rw      | 1   | pke=on pkru=0xc                             | --x--x
            user rw      | 1   | pke=on pkru=0x8                             | r-xr-x
            user rw      | 1   | pke=on pkru=0x8 wp=off                      | r-xrwx
            user rw      | 1   | pke=on pkru=0xfffffff3                      | rwxrwx
            user rw      | 15  | pke=on pkru=0x40000000                      | --x--x
            user rw      | 15  | pke=on pkru=0x80000000                      | r-xr-x
            user rw      | 0   | pke=on pkru=0x2                             | r-xr-x
            user rw      | 1   | pke=off pkru=0x4                            | rwxrwx
            user rw      | 1   | pks=on pkrs=0x4                             | rwxrwx
            supervisor   | 1   | pke=on pkru=0x4                             | ---rwx
            supervisor   | 1   | pks=on pkrs=0x4                             | -----x
            supervisor   | 1   | pks=on pkrs=0x8                             | ---r-x
            supervisor   | 1   | pks=on pkrs=0x8 wp=off                      | ---rwx
            supervisor   | 1   | pks=on pkrs=0xfffffff3 pke=on pkru=0xffffffff | ---rwx
            """)
    void keysTakeDataRightsAway(String page, int key, String controls, String rights) {
        for (int pageShift : new int[] {12, 21, 30}) {
            OneMapping mapping = new OneMapping("x86-64", controls, pageShift);
            mapping.bend((pageShift - 3) / 9, page.startsWith("user") ? 0 : EntryBits.USER, (long) key << 59);
            assertThat(Rights.text(mapping.allowed())).isEqualTo(rights);
        }
    }

    /** The keys are the leaf's: the same bits above it are ignored. */
    @ParameterizedTest
    @CsvSource({"2", "3", "4"})
    void keyBitsOfTablesAreIgnored(int level) {
        OneMapping mapping = new OneMapping("x86-64", "pke=on pkru=0x4", 12);
        mapping.bend(level, 0, 1L << 59);
        assertThat(Rights.text(mapping.allowed())).isEqualTo("rwxrwx");
    }
}
