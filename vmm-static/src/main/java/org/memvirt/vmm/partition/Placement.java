package org.memvirt.vmm.partition;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;
import org.memvirt.api.option.Sizes;
import org.memvirt.api.vmm.Host;
import org.memvirt.api.vmm.MemoryRange;
import org.memvirt.api.vmm.VmRefused;

/**
 * Where a VM's partition lies.
 *
 * @param rule how a place is found; {@link #FIRST_FIT} unless another is given
 * @param regions those that a configuration fixes, in the order in which VMs take them; empty for none
 * @param holes ranges that no VM gets
 */
record Placement(String rule, List<MemoryRange> regions, List<MemoryRange> holes) {
    static final String FIRST_FIT = "first-fit";
    static final String BEST_FIT = "best-fit";
    static final String BUDDY = "buddy";

    private static final List<String> RULES = List.of(FIRST_FIT, BEST_FIT, BUDDY);
    private static final long BLOCK = 2L << 20;
    private static final long LARGE = 1L << 30;

    private static final Option PLACEMENT = new Option("placement", Option.Kind.TEXT, "",
            "where a VM goes: first-fit (if nothing is said), best-fit, or buddy, in powers of two");
    private static final Option REGIONS = new Option("regions", Option.Kind.TEXT, "",
            "fixed partitions, which VMs take in this order, such as 0x200000-0x600000+0x800000-0xc00000");
    private static final Option HOLES = new Option("holes", Option.Kind.TEXT, "",
            "host memory that no VM gets, written as regions are");

    /** The options that say it. */
    static List<Option> options() {
        return List.of(PLACEMENT, REGIONS, HOLES);
    }

    /** @throws VmRefused for options that contradict each other or are badly written */
    static Placement of(Options options) {
        String rule = options.text(PLACEMENT.name());
        List<MemoryRange> regions = ranges(REGIONS.name(), options.text(REGIONS.name()));
        if (!rule.isEmpty() && !RULES.contains(rule)) {
            throw new VmRefused("placement=%s is none of %s".formatted(rule, String.join(", ", RULES)));
        }
        if (!rule.isEmpty() && !regions.isEmpty()) {
            throw new VmRefused("placement=%s and regions=%s exclude each other: fixed regions are taken in their order"
                    .formatted(rule, options.text(REGIONS.name())));
        }
        return new Placement(
                rule.isEmpty() ? FIRST_FIT : rule, regions, ranges(HOLES.name(), options.text(HOLES.name())));
    }

    private static List<MemoryRange> ranges(String option, String text) {
        if (text.isEmpty()) {
            return List.of();
        }
        List<MemoryRange> ranges = new ArrayList<>();
        for (String part : text.split("\\+", -1)) {
            String[] ends = part.split("-", -1);
            try {
                if (ends.length != 2) {
                    throw new IllegalArgumentException("it is START-END");
                }
                long start = address(ends[0]);
                long end = address(ends[1]);
                if (start % BLOCK != 0 || end % BLOCK != 0 || end <= start) {
                    throw new IllegalArgumentException("it begins and ends at multiples of 2M, and is not empty");
                }
                MemoryRange range = new MemoryRange(start, end - start);
                for (MemoryRange other : ranges) {
                    if (other.start() < range.end() && range.start() < other.end()) {
                        throw new IllegalArgumentException("it overlaps the one at %#x".formatted(other.start()));
                    }
                }
                ranges.add(range);
            } catch (IllegalArgumentException e) {
                throw new VmRefused("%s=%s: '%s': %s".formatted(option, text, part, e.getMessage()));
            }
        }
        return ranges;
    }

    private static long address(String text) {
        return text.startsWith("0x") ? Long.parseLong(text, 2, text.length(), 16) : Sizes.parse(text);
    }

    /**
     * Takes a piece of the host's memory for a VM.
     *
     * @return its first address
     * @throws VmRefused when there is none
     */
    long reserve(Host host) {
        long size = host.backing().size();
        if (rule.equals(FIRST_FIT) && regions.isEmpty() && holes.isEmpty()) {
            long base = host.backing().reserveContiguous();
            if (base < 0) {
                throw refused(host, size);
            }
            return base;
        }
        holes.forEach(host::withhold);
        if (!regions.isEmpty()) {
            withholdOutsideRegions(host);
        }
        MemoryRange place = find(host.freeRanges(), size).orElseThrow(() -> refused(host, size));
        if (!host.backing().reserve(place.start(), place.bytes())) {
            throw new IllegalStateException("%s was free and cannot be taken".formatted(place));
        }
        return place.start();
    }

    private void withholdOutsideRegions(Host host) {
        long at = 0;
        for (MemoryRange region : regions.stream().sorted(Comparator.comparingLong(MemoryRange::start)).toList()) {
            if (region.start() > at) {
                host.withhold(new MemoryRange(at, region.start() - at));
            }
            at = region.end();
        }
        if (at < host.memoryBytes()) {
            host.withhold(new MemoryRange(at, host.memoryBytes() - at));
        }
    }

    /** The piece that a VM of this size takes of what is free. */
    Optional<MemoryRange> find(List<MemoryRange> free, long size) {
        long whole = size + BLOCK - 1 & -BLOCK;
        if (!regions.isEmpty()) {
            return regions.stream()
                    .filter(region -> region.bytes() >= size && free.stream()
                            .anyMatch(range -> range.start() <= region.start() && region.end() <= range.end()))
                    .findFirst();
        }
        if (rule.equals(BUDDY)) {
            long power = Long.highestOneBit(2 * whole - 1);
            return free.stream()
                    .flatMap(Placement::buddies)
                    .filter(piece -> piece.bytes() >= power)
                    .min(Comparator.comparingLong(MemoryRange::bytes).thenComparingLong(MemoryRange::start))
                    .map(piece -> new MemoryRange(piece.start(), power));
        }
        long alignment = size >= LARGE ? LARGE : BLOCK;
        Stream<MemoryRange> fitting = free.stream()
                .filter(range -> range.end() - aligned(range.start(), alignment) >= whole);
        return (rule.equals(BEST_FIT)
                ? fitting.min(Comparator.comparingLong(MemoryRange::bytes).thenComparingLong(MemoryRange::start))
                : fitting.findFirst())
                        .map(range -> new MemoryRange(aligned(range.start(), alignment), whole));
    }

    private static long aligned(long address, long alignment) {
        return address + alignment - 1 & -alignment;
    }

    /** The aligned powers of two that a free range consists of, as a buddy allocator keeps it. */
    private static Stream<MemoryRange> buddies(MemoryRange range) {
        List<MemoryRange> pieces = new ArrayList<>();
        long at = aligned(range.start(), BLOCK);
        while (range.end() - at >= BLOCK) {
            long piece = Long.highestOneBit(range.end() - at);
            piece = at == 0 ? piece : Math.min(piece, Long.lowestOneBit(at));
            pieces.add(new MemoryRange(at, piece));
            at += piece;
        }
        return pieces.stream();
    }

    private VmRefused refused(Host host, long size) {
        List<MemoryRange> free = host.freeRanges();
        long all = free.stream().mapToLong(MemoryRange::bytes).sum();
        long largest = free.stream().mapToLong(MemoryRange::bytes).max().orElse(0);
        if (all >= size) {
            return new VmRefused("no place for a VM of %s, though %s are free: in %d pieces, the largest of %s"
                    .formatted(Sizes.text(size), Sizes.text(all), free.size(), Sizes.text(largest)));
        }
        return new VmRefused("the host has no contiguous piece of " + Sizes.text(size)
                + " for the VM; give the VM less with --guest-memory, or the host more with --host-memory");
    }
}
