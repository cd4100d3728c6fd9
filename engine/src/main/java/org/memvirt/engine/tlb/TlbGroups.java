package org.memvirt.engine.tlb;

import java.util.BitSet;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.memvirt.api.tlb.Tlb;
import org.memvirt.api.tlb.TlbPreset;

/** The groups of TLBs that a preset describes, and which of them serve data and code, by level. */
final class TlbGroups {
    /** The times of the uses of level 1's entries. */
    final Uses uses;

    final TlbGroup[] data;
    final TlbGroup[] code;
    private final TlbGroup[] all;
    private final List<Tlb.Counts> counts;

    /** @param seed of random replacement */
    TlbGroups(TlbPreset preset, long seed) {
        List<TlbPreset.Group> described = preset.groups();
        int first = described.stream().mapToInt(TlbPreset.Group::level).min().orElse(1);
        uses = new Uses(described.stream()
                .filter(group -> group.level() == first)
                .flatMap(group -> group.arrays().stream())
                .mapToInt(TlbPreset.Array::entries)
                .sum());
        all = new TlbGroup[described.size()];
        for (int i = 0; i < all.length; i++) {
            TlbPreset.Group group = described.get(i);
            all[i] = new TlbGroup(group, seed + i, group.level() == first ? uses : null);
        }
        counts = Stream.of(all).map(group -> group.counts).toList();
        data = serving(preset, TlbPreset.Group::data, "data");
        code = serving(preset, TlbPreset.Group::code, "code");
    }

    private TlbGroup[] serving(TlbPreset preset, Predicate<TlbPreset.Group> serves, String what) {
        List<TlbPreset.Group> described = preset.groups();
        TlbGroup[] serving = Stream.iterate(0, i -> i + 1)
                .limit(all.length)
                .filter(i -> serves.test(described.get(i)))
                .map(i -> all[i])
                .toArray(TlbGroup[]::new);
        if (serving.length == 0) {
            throw new IllegalArgumentException(
                    "TLB preset '%s' serves no %s accesses".formatted(preset.name(), what));
        }
        return serving;
    }

    /** Keeps everything, for {@link #restore}. */
    void save() {
        for (TlbGroup group : all) {
            group.save();
        }
        uses.save();
    }

    /** Makes everything what it was at {@link #save}. */
    void restore() {
        for (TlbGroup group : all) {
            group.restore();
        }
        uses.restore();
    }

    /** Gives all entries what their walks answered. */
    void settle(Walked walked) {
        // Once a block, so without a lambda.
        for (TlbGroup group : all) {
            for (TlbArray array : group.arrays) {
                walked.settle(array);
            }
        }
    }

    void forEachArray(Consumer<TlbArray> what) {
        for (TlbGroup group : all) {
            for (TlbArray array : group.arrays) {
                what.accept(array);
            }
        }
    }

    /** The tags of all entries. */
    BitSet usedTags() {
        BitSet used = new BitSet();
        forEachArray(array -> {
            for (int place = 0; place < array.entries(); place++) {
                int entry = array.entryAt(place);
                if (array.isValid(entry)) {
                    used.set(array.tag(entry));
                }
            }
        });
        return used;
    }

    /** How many entries all arrays have room for. */
    int entries() {
        return Stream.of(all)
                .flatMap(group -> Stream.of(group.arrays))
                .mapToInt(TlbArray::entries)
                .sum();
    }

    List<Tlb.Counts> counts() {
        return counts;
    }

    /** {@link Tlb#wholeSizes}. */
    long wholeSizes() {
        long whole = -1;
        for (TlbGroup group : all) {
            whole &= group.wholeSizes();
        }
        return whole;
    }
}
