package org.memvirt.runner.config;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.option.Sizes;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.runner.usage.WrongUsage;

/**
 * The page sizes of a machine.
 *
 * @param guestShift offset bits of the pages that the guest kernel maps
 * @param transparent whether it takes smaller ones where those do not fit
 * @param hostShift offset bits of the pieces that back the guest
 * @param hostTransparent whether smaller ones will do for those
 */
record PageChoice(int guestShift, boolean transparent, int hostShift, boolean hostTransparent) {
    private static final String TRANSPARENT = "thp";
    private static final int USUAL_SHIFT = 12;

    static PageChoice of(MachineOptions options, PageTableFormat format, @Nullable PageTableFormat stageTwo) {
        List<Integer> guest = format.pageShifts();
        boolean transparent = TRANSPARENT.equals(options.guestPages);
        int guestShift;
        if (transparent) {
            if (guest.size() < 2) {
                throw new WrongUsage("--guest-pages thp: format %s has pages of %s alone"
                        .formatted(format.name(), Sizes.ofPage(guest.getFirst())));
            }
            guestShift = guest.get(1);
        } else {
            guestShift = shift("--guest-pages", options.guestPages, guest, format.name());
        }
        boolean hostTransparent = TRANSPARENT.equals(options.hostPages);
        int hostShift;
        if (hostTransparent) {
            hostShift = oneLevelUp(stageTwo);
        } else if (stageTwo != null) {
            hostShift = shift("--host-pages", options.hostPages, stageTwo.pageShifts(), stageTwo.name());
        } else if (options.hostPages == null) {
            hostShift = USUAL_SHIFT;
        } else {
            // Without a second stage any power of two will do, for nothing maps it.
            hostShift = power("--host-pages", options.hostPages);
        }
        return new PageChoice(guestShift, transparent, hostShift, hostTransparent);
    }

    /** The pages of the second stage one level above its smallest; 2M where there is none. */
    private static int oneLevelUp(@Nullable PageTableFormat stageTwo) {
        if (stageTwo == null) {
            return 2 * USUAL_SHIFT - 3;
        }
        List<Integer> shifts = stageTwo.pageShifts();
        int smallest = shifts.getFirst();
        if (shifts.size() < 2) {
            throw new WrongUsage("--host-pages thp: format %s has pages of %s alone"
                    .formatted(stageTwo.name(), Sizes.ofPage(smallest)));
        }
        return shifts.contains(2 * smallest - 3) ? 2 * smallest - 3 : shifts.get(1);
    }

    private static int shift(String option, @Nullable String given, List<Integer> shifts, String format) {
        if (given == null) {
            return shifts.getFirst();
        }
        int shift = power(option, given);
        if (!shifts.contains(shift)) {
            throw new WrongUsage("%s %s: format %s has pages of %s"
                    .formatted(
                            option,
                            given,
                            format,
                            String.join(
                                    ", ", shifts.stream().map(Sizes::ofPage).toList())));
        }
        return shift;
    }

    private static int power(String option, String given) {
        long bytes = MemoryChoice.size(option, given);
        if (Long.bitCount(bytes) != 1 || bytes < 1 << USUAL_SHIFT || bytes > 1L << 40) {
            throw new WrongUsage("%s %s: it is a page size such as 4K, 2M or 1G".formatted(option, given));
        }
        return Long.numberOfTrailingZeros(bytes);
    }

    String hostText() {
        return hostTransparent ? TRANSPARENT : Sizes.ofPage(hostShift);
    }

    String guestText() {
        return transparent ? TRANSPARENT : Sizes.ofPage(guestShift);
    }
}
