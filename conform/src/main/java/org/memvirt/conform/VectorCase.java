package org.memvirt.conform;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One recorded case: registers, words of tables, accesses in order with what the processor did, and the words afterwards. */
final class VectorCase {
    private static final int FEW = 32;

    final String id;
    final Map<String, String> registers;
    /** Pairs of an address and the word there. */
    final long[] memory;
    final List<RecordedAccess> accesses;
    /** Pairs, of words that changed. */
    final long[] after;
    /** Addresses of words whose accessed and dirty bits the recorder leaves otherwise than the manual says; ascending. */
    final long[] unsure;

    final int wordBytes;

    private VectorCase(
            String id,
            Map<String, String> registers,
            long[] memory,
            List<RecordedAccess> accesses,
            long[] after,
            long[] unsure,
            int wordBytes) {
        this.id = id;
        this.registers = registers;
        this.memory = memory;
        this.accesses = accesses;
        this.after = after;
        this.unsure = unsure;
        this.wordBytes = wordBytes;
    }

    static VectorCase read(JsonReader json, VectorHeader header) throws BadVectors {
        String id = null;
        Map<String, String> registers = null;
        long[] memory = null;
        List<RecordedAccess> accesses = null;
        long[] after = {};
        long[] unsure = {};
        int wordBytes = header.wordBytes();
        json.beginObject();
        while (json.nextMember()) {
            switch (json.name()) {
                case "id" -> id = json.text();
                case "config" -> {
                    registers = new LinkedHashMap<>();
                    VectorHeader.readRegisters(json, registers);
                }
                case "wordBytes" -> wordBytes = VectorHeader.wordBytes(json);
                case "memory" -> memory = words(json);
                case "accesses" -> accesses = accesses(json);
                case "after" -> after = words(json);
                case "afterQuirk" -> unsure = addresses(json);
                default -> json.skip();
            }
        }
        json.end();
        checkAligned(json, memory, wordBytes);
        checkAligned(json, after, wordBytes);
        return new VectorCase(
                given(json, "id", id),
                given(json, "config", registers),
                given(json, "memory", memory),
                given(json, "accesses", accesses),
                after,
                unsure,
                wordBytes);
    }

    private static long[] words(JsonReader json) throws BadVectors {
        long[] words = new long[2 * FEW];
        int count = 0;
        json.beginObject();
        while (json.nextMember()) {
            if (count == words.length) {
                words = Arrays.copyOf(words, 2 * count);
            }
            words[count++] = json.numberName();
            words[count++] = json.number();
        }
        return Arrays.copyOf(words, count);
    }

    private static long[] addresses(JsonReader json) throws BadVectors {
        long[] addresses = new long[FEW];
        int count = 0;
        json.beginArray();
        while (json.nextElement()) {
            if (count == addresses.length) {
                addresses = Arrays.copyOf(addresses, 2 * count);
            }
            addresses[count++] = json.number();
        }
        addresses = Arrays.copyOf(addresses, count);
        Arrays.sort(addresses);
        return addresses;
    }

    private static List<RecordedAccess> accesses(JsonReader json) throws BadVectors {
        List<RecordedAccess> accesses = new ArrayList<>(FEW);
        json.beginArray();
        while (json.nextElement()) {
            accesses.add(RecordedAccess.read(json));
        }
        return accesses;
    }

    private static void checkAligned(JsonReader json, long @Nullable [] words, int wordBytes) throws BadVectors {
        for (int i = 0; words != null && i < words.length; i += 2) {
            if ((words[i] & wordBytes - 1) != 0) {
                throw json.wrong("%#x is no address of a word of %d bytes".formatted(words[i], wordBytes), null);
            }
            if (wordBytes == Integer.BYTES && words[i + 1] >>> 32 != 0) {
                throw json.wrong("%#x at %#x is no word of 4 bytes".formatted(words[i + 1], words[i]), null);
            }
        }
    }

    private static <T> T given(JsonReader json, String name, @Nullable T value) throws BadVectors {
        if (value == null) {
            throw json.wrong("the case has no \"%s\"".formatted(name), null);
        }
        return value;
    }
}
