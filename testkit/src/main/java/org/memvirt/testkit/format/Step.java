package org.memvirt.testkit.format;

import org.memvirt.api.access.Rights;
import org.memvirt.api.option.Sizes;
import org.memvirt.api.table.PageTable;

/** One step of a history of a page table; as text it has addresses in hexadecimal, and rights and sizes in letters. */
sealed interface Step {
    /** Software maps a page; it is refused if something is there. */
    record Map(long input, long output, int shift, int rights, int attributes) implements Step {
        @Override
        public String toString() {
            return "map %s page %#x -> %#x %s%s".formatted(
                    Sizes.ofPage(shift), input, output, Rights.text(rights), flags(attributes));
        }
    }

    record Unmap(long input) implements Step {
        @Override
        public String toString() {
            return "unmap %#x".formatted(input);
        }
    }

    record Protect(long input, int rights) implements Step {
        @Override
        public String toString() {
            return "protect %#x %s".formatted(input, Rights.text(rights));
        }
    }

    record Mark(long input, int set, int clear) implements Step {
        @Override
        public String toString() {
            return "mark %#x, set%s, clear%s".formatted(input, flags(set), flags(clear));
        }
    }

    /** Unless that makes very many pages of one. */
    record Split(long input, int shift) implements Step {
        @Override
        public String toString() {
            return "split %#x into pages of %s".formatted(input, Sizes.ofPage(shift));
        }
    }

    /** Hardware translates an address. */
    record Access(long address, int rights) implements Step {
        @Override
        public String toString() {
            return "access %#x for %s".formatted(address, Rights.text(rights));
        }
    }

    private static String flags(int attributes) {
        return ((attributes & PageTable.GLOBAL) == 0 ? "" : " global")
                + ((attributes & PageTable.ACCESSED) == 0 ? "" : " accessed")
                + ((attributes & PageTable.DIRTY) == 0 ? "" : " dirty");
    }
}
