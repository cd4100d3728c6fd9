package org.memvirt.x86.vector;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.mmu.EncodedFault;
import org.memvirt.api.mmu.Walk;
import org.memvirt.api.mmu.WalkPort;

/** Plays recorded cases and compares what a walk does with what the CPU did. */
public final class VectorPlayer {
    private final Function<VectorCase, Regime> regimes;
    private final List<String> mismatches = new ArrayList<>();
    private int cases;
    private int accesses;
    private int deviations;

    /** @param regimes what the registers of a case mean */
    public VectorPlayer(Function<VectorCase, Regime> regimes) {
        this.regimes = regimes;
    }

    public int cases() {
        return cases;
    }

    public int accesses() {
        return accesses;
    }

    /** Accesses whose recorded answer the file itself calls wrong: compared with the manual's, or not at all. */
    public int deviations() {
        return deviations;
    }

    /** One text for each access, or each word afterwards, that is not as recorded. */
    public List<String> mismatches() {
        return mismatches;
    }

    public void play(VectorCase recorded) {
        Regime regime = regimes.apply(recorded);
        RecordedMemory memory = new RecordedMemory(recorded.memory());
        Walk walk = Walk.outer();
        cases++;
        accesses += recorded.accesses().size();
        for (int i = 0; i < recorded.accesses().size(); i++) {
            VectorCase.Access access = recorded.accesses().get(i);
            if (access.unjudged()) {
                deviations += recorded.accesses().size() - i;
                return;
            }
            deviations += access.deviates() ? 1 : 0;
            WalkPort port = port(regime, memory);
            walk.start(regime.root(), access.address(), access.access());
            regime.stageOne().walk(walk, port);
            String difference = difference(access, walk, regime);
            if (difference != null) {
                mismatches.add("%s access %d, %s: %s".formatted(recorded.id(), i, walk, difference));
            }
        }
        compareTables(recorded, memory);
    }

    private static WalkPort port(Regime regime, RecordedMemory memory) {
        if (regime.stageTwo() == null) {
            return new HostPort(memory);
        }
        int top = regime.stageOne().levels();
        if (!regime.loadsPointers()) {
            return new StageTwoPort(memory, regime.stageTwo(), regime.stageTwoRoot(), top, null);
        }
        Walk load = Walk.outer();
        load.start(regime.stageTwoRoot(), regime.root() & ~0x1fL, Rights.SUPERVISOR_READ);
        regime.stageTwo().walk(load, new HostPort(memory));
        long[] pointers = new long[4];
        for (int i = 0; load.succeeded() && i < pointers.length; i++) {
            pointers[i] = memory.load(load.outputAddress + 8 * i);
        }
        return new StageTwoPort(memory, regime.stageTwo(), regime.stageTwoRoot(), top, pointers);
    }

    private static @Nullable String difference(VectorCase.Access access, Walk walk, Regime regime) {
        if (walk.succeeded()) {
            Long expected = access.outputAddress();
            return expected != null && expected == walk.outputAddress && Rights.permit(walk.allowed, access.access())
                    ? null
                    : "expected " + (expected == null ? text(access.fault()) : "%#x".formatted(expected));
        }
        EncodedFault got = regime.encode().apply(walk);
        if (access.outputAddress() != null) {
            return "expected %#x, got %s".formatted(access.outputAddress(), text(got.fields()));
        }
        for (Map.Entry<String, Long> field : access.fault().entrySet()) {
            if (!field.getValue().equals(got.fields().get(field.getKey()))) {
                return "expected %s, got %s".formatted(text(access.fault()), text(got.fields()));
            }
        }
        return null;
    }

    private void compareTables(VectorCase recorded, RecordedMemory memory) {
        int bytes = recorded.wordBytes();
        TreeSet<Long> words = new TreeSet<>(recorded.after().keySet());
        for (long word : memory.written()) {
            for (int at = 0; at < 8; at += bytes) {
                words.add(word + at);
            }
        }
        words.removeAll(recorded.unsure());
        for (long word : words) {
            long got = part(memory.load(word), word, bytes);
            long before = part(recorded.memory().getOrDefault(word & -8, 0L), word, bytes);
            long expected = recorded.after().getOrDefault(word, before);
            if (got != expected) {
                mismatches.add("%s afterwards, word %#x: before %#x, expected %#x, got %#x"
                        .formatted(recorded.id(), word, before, expected, got));
            }
        }
    }

    private static long part(long word, long address, int bytes) {
        return bytes == 8 ? word : word >>> (address & 4) * 8 & 0xffff_ffffL;
    }

    private static String text(Map<String, Long> fields) {
        StringBuilder text = new StringBuilder();
        fields.forEach((name, value) -> text.append(text.isEmpty() ? "" : " ")
                .append(name)
                .append('=')
                .append("%#x".formatted(value)));
        return text.toString();
    }
}
