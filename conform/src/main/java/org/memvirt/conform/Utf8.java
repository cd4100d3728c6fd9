package org.memvirt.conform;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;

/** Whether bytes are UTF-8; RFC 3629. Nearly all that is asked for is plain ASCII. */
final class Utf8 {
    private static final VarHandle EIGHT_BYTES =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long NOT_ASCII = 0x8080_8080_8080_8080L;
    private static final int SOME = 1024;

    private Utf8() {}

    /** The place of the first byte that does not belong into UTF-8, or {@code to}. */
    static int firstWrong(byte[] bytes, int from, int to) {
        int at = from;
        while (at + Long.BYTES <= to && ((long) EIGHT_BYTES.get(bytes, at) & NOT_ASCII) == 0) {
            at += Long.BYTES;
        }
        while (at < to && bytes[at] >= 0) {
            at++;
        }
        return at == to ? to : firstWrongOfAny(bytes, at, to);
    }

    private static int firstWrongOfAny(byte[] bytes, int from, int to) {
        CharsetDecoder decoder = UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes, from, to - from);
        CharBuffer out = CharBuffer.allocate(SOME);
        CoderResult result = decoder.decode(in, out.clear(), true);
        while (result.isOverflow()) {
            result = decoder.decode(in, out.clear(), true);
        }
        return result.isError() ? in.position() : to;
    }
}
