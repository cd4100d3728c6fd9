package org.memvirt.conform;

import java.util.Arrays;

/** Some lines of a file of vectors, one after another: a case each. */
public final class VectorLines {
    final byte[] bytes;
    private final long firstLine;
    /** Where each line begins, and after the last where the next would. */
    private final int[] starts;

    private final int size;

    /** @param length of what is there in whole lines; a line end after the last may be missing */
    VectorLines(byte[] bytes, int length, long firstLine) {
        this.bytes = bytes;
        this.firstLine = firstLine;
        int[] begins = new int[64];
        int count = 0;
        int at = 0;
        while (at < length) {
            if (count + 1 == begins.length) {
                begins = Arrays.copyOf(begins, 2 * count + 2);
            }
            begins[count++] = at;
            while (at < length && bytes[at] != '\n') {
                at++;
            }
            at++;
        }
        begins[count] = at;
        starts = begins;
        size = count;
    }

    /** How many lines these are. */
    public int size() {
        return size;
    }

    int start(int index) {
        return starts[index];
    }

    /** The end of a line, without what ends it. */
    int end(int index) {
        return starts[index + 1] - 1;
    }

    /** Its number in the file, from 1. */
    long number(int index) {
        return firstLine + index;
    }
}
