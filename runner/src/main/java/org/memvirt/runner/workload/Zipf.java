package org.memvirt.runner.workload;

import java.util.List;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Option.Kind;
import org.memvirt.api.option.Options;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.api.workload.WorkloadProvider;

/**
 * Pages by Zipf's law: the page of rank q is drawn in proportion to 1 / q^skew; the ranks are scattered over the
 * footprint. The weights are rounded to integers once (by {@link StrictMath}, which gives the same bits everywhere); the
 * draws are exact.
 */
public final class Zipf implements WorkloadProvider {
    /** More would take gigabytes of the simulator's own memory. */
    static final long MOST_PAGES = 1L << 27;

    // A prime above MOST_PAGES, so that multiplying by it permutes the pages whatever their number.
    private static final long SCATTER = 2_654_435_761L;

    @Override
    public String name() {
        return "zipf";
    }

    @Override
    public String description() {
        return "pages by Zipf's law: few are hot, most are rare";
    }

    @Override
    public List<Option> options() {
        return Area.optionsAnd(
                new Option("skew", Kind.DECIMAL, "0.99", "the exponent, above 0: the higher, the fewer are hot"));
    }

    @Override
    public AccessSource open(Options options, long accesses, long seed) {
        Area area = Area.of(options);
        double skew = options.decimal("skew");
        if (skew <= 0) {
            throw new IllegalArgumentException("skew=" + options.text("skew") + ": it is above 0");
        }
        if (area.pages() > MOST_PAGES) {
            throw new IllegalArgumentException("its table takes 8 bytes a page: the footprint is at most 512G");
        }
        SplitMix random = new SplitMix(seed);
        Ranks ranks = new Ranks((int) area.pages(), skew);
        return new Generator(accesses) {
            @Override
            void generate(long[] addresses, byte[] kinds, int count) {
                for (int i = 0; i < count; i++) {
                    long page = ranks.draw(random) * SCATTER % area.pages();
                    long draw = random.next();
                    addresses[i] = area.word(page, draw);
                    kinds[i] = (byte) area.kind(draw);
                }
            }
        };
    }

    /** Ranks from 0, the most frequent first. */
    private static final class Ranks {
        // By rank, the weights up to and with it; the first rank whose sum exceeds a draw is the one drawn.
        private final long[] sums;
        // By the upper bits of a random number, the first rank that it can mean: where the search begins.
        private final int[] guide;
        private final int guideShift;
        private final long total;

        Ranks(int count, double skew) {
            sums = new long[count];
            int countBits = Long.SIZE - Long.numberOfLeadingZeros(count);
            // The largest weight for which the sum of all stays below 2^62.
            double first = 1L << 62 - countBits;
            long sum = 0;
            for (int rank = 0; rank < count; rank++) {
                sum += Math.max(1, (long) (first / StrictMath.pow(rank + 1.0, skew)));
                sums[rank] = sum;
            }
            total = sum;
            int guideBits = Math.min(countBits, 20);
            guideShift = Long.SIZE - guideBits;
            guide = new int[(1 << guideBits) + 1];
            int rank = 0;
            for (int slot = 0; slot < guide.length - 1; slot++) {
                long least = Math.unsignedMultiplyHigh((long) slot << guideShift, total);
                while (sums[rank] <= least) {
                    rank++;
                }
                guide[slot] = rank;
            }
            guide[guide.length - 1] = count - 1;
        }

        long draw(SplitMix random) {
            long number = random.next();
            long point = Math.unsignedMultiplyHigh(number, total);
            int slot = (int) (number >>> guideShift);
            int low = guide[slot];
            int high = guide[slot + 1];
            while (low < high) {
                int middle = low + high >>> 1;
                if (sums[middle] > point) {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            return low;
        }
    }
}
