package org.memvirt.conform;

import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.EncodedFault;
import org.memvirt.api.walk.Walk;

/** Compares what walks answer, and what they leave in the tables, with what was recorded. */
final class Comparison {
    private final WordMemory memory;
    private final WordMemory expected = new WordMemory();
    private long[] addresses = new long[64];
    private int count;

    Comparison(WordMemory memory) {
        this.memory = memory;
    }

    /** Whether the address is the same, or every field of the fault that was recorded, but for the bits that are open. */
    static boolean agrees(RecordedAccess access, Walk walk, @Nullable EncodedFault fault) {
        if (fault == null) {
            return access.succeeds()
                    && access.output() == walk.outputAddress
                    && Rights.permit(walk.allowed, access.needed());
        }
        if (access.succeeds()) {
            return false;
        }
        for (int i = 0; i < access.values().length; i++) {
            String field = access.fields().get(i);
            Long got = fault.fields().get(field);
            if (got == null || ((got ^ access.values()[i]) & ~fault.openBits().getOrDefault(field, 0L)) != 0) {
                return false;
            }
        }
        return true;
    }

    static Mismatch mismatch(
            VectorCase recorded, long line, int index, int at, Walk walk, @Nullable EncodedFault fault) {
        RecordedAccess access = recorded.accesses.get(at);
        StringBuilder wanted = new StringBuilder();
        if (access.succeeds()) {
            wanted.append("%#x".formatted(access.output()));
        } else {
            wanted.append("a fault with");
            for (int i = 0; i < access.values().length; i++) {
                wanted.append(" %s=%#x".formatted(access.fields().get(i), access.values()[i]));
            }
        }
        return new Mismatch(
                recorded.id,
                line,
                index,
                at,
                "%s at %#x".formatted(question(access.needed()), access.address()),
                wanted.toString(),
                answer(walk, fault));
    }

    private static String question(int needed) {
        String what;
        if ((needed & Rights.READ) != 0) {
            what = "read";
        } else {
            what = (needed & Rights.WRITE) != 0 ? "write" : "fetch";
        }
        return what + ((needed & Rights.USER) != 0 ? " by the user" : " by the supervisor");
    }

    private static String answer(Walk walk, @Nullable EncodedFault fault) {
        if (fault == null) {
            return "%#x, allowing %s".formatted(walk.outputAddress, Rights.text(walk.allowed));
        }
        StringBuilder text = new StringBuilder(fault.name());
        for (Map.Entry<String, Long> field : fault.fields().entrySet()) {
            text.append(" %s=%#x".formatted(field.getKey(), field.getValue()));
        }
        return text.toString();
    }

    /** Compares every word that changed or should have; tells how many are wrong. */
    int compareTables(VectorCase recorded, long line, int index, VectorListener listener) {
        int mismatches = 0;
        expected.clear();
        for (int i = 0; i < recorded.after.length; i += 2) {
            long address = recorded.after[i];
            expected.begin(address, recorded.after[i + 1]);
            mismatches += compare(recorded, line, index, address, recorded.after[i + 1], listener);
        }
        findChanged(recorded.wordBytes);
        for (int i = 0; i < count; i++) {
            long address = addresses[i];
            if (!expected.holds(address)) {
                long before = part(memory.before(address & -Long.BYTES), address, recorded.wordBytes);
                mismatches += compare(recorded, line, index, address, before, listener);
            }
        }
        return mismatches;
    }

    private int compare(
            VectorCase recorded, long line, int index, long address, long wanted, VectorListener listener) {
        long got = now(address, recorded.wordBytes);
        if (got == wanted || Arrays.binarySearch(recorded.unsure, address) >= 0) {
            return 0;
        }
        long before = part(memory.before(address & -Long.BYTES), address, recorded.wordBytes);
        listener.mismatch(new Mismatch(
                recorded.id,
                line,
                index,
                Mismatch.AFTERWARDS,
                "the word at %#x afterwards, before %#x".formatted(address, before),
                "%#x".formatted(wanted),
                "%#x".formatted(got)));
        return 1;
    }

    /** Pairs of address and value of the words that changed, ascending. */
    long[] changed(int wordBytes) {
        findChanged(wordBytes);
        long[] pairs = new long[2 * count];
        for (int i = 0; i < count; i++) {
            pairs[2 * i] = addresses[i];
            pairs[2 * i + 1] = now(addresses[i], wordBytes);
        }
        return pairs;
    }

    private void findChanged(int wordBytes) {
        count = 0;
        memory.forEachChanged(word -> {
            for (long address = word; address < word + Long.BYTES; address += wordBytes) {
                if (now(address, wordBytes) != part(memory.before(word), address, wordBytes)) {
                    if (count == addresses.length) {
                        addresses = Arrays.copyOf(addresses, 2 * count);
                    }
                    addresses[count++] = address;
                }
            }
        });
        Arrays.sort(addresses, 0, count);
    }

    private long now(long address, int wordBytes) {
        return part(memory.load(address & -Long.BYTES), address, wordBytes);
    }

    private static long part(long word, long address, int wordBytes) {
        return wordBytes == Long.BYTES ? word : word >>> ((address & 4) << 3) & 0xffff_ffffL;
    }
}
