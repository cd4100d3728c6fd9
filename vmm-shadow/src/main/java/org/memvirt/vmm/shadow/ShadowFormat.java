package org.memvirt.vmm.shadow;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.option.Option;
import org.memvirt.api.table.Mapping;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.table.TableMemory;
import org.memvirt.api.table.Unpaged;
import org.memvirt.api.vmm.Host;
import org.memvirt.api.vmm.VmRefused;

/**
 * The format of a shadow table, and what has to be asked of it so that hardware lets the guest do no more than it may. A
 * format cannot express all rights: what a page allows for some request is found out once, by mapping a page with each.
 */
final class ShadowFormat {
    /** No request gives what is needed, and no more than is allowed. */
    static final int NONE = -1;

    /** Nothing is mapped by such a request. */
    private static final int NOTHING = -1;

    private static final int ALL_RIGHTS = Rights.ALL + 1;

    private final PageTableFormat format;
    /** By request, what hardware then allows. */
    private final int[] allowed;
    /** By root, offset bits of the pages that its tables have, ascending. */
    private final int[][] pageShifts;

    ShadowFormat(PageTableFormat format) {
        this.format = format;
        pageShifts = IntStream.range(0, format.roots())
                .mapToObj(root -> format.ofRoot(root).pageShifts().stream().mapToInt(Integer::intValue).toArray())
                .toArray(int[][]::new);
        allowed = allowedByRequest(format.ofRoot(0));
    }

    PageTableFormat format() {
        return format;
    }

    /** The format of the tables at a root, by its number. */
    PageTableFormat ofRoot(int number) {
        return format.ofRoot(number);
    }

    /** Offset bits of the pages that the tables at a root have, ascending. */
    int[] pageShifts(int number) {
        return pageShifts[number];
    }

    /** What hardware allows when a page is mapped with these rights. */
    int allows(int request) {
        return allowed[request];
    }

    /**
     * With which rights a page must be mapped so that hardware allows {@code needed} and of the rest as much as it can, but
     * nothing that {@code rights} lacks; {@link #NONE} if the format cannot express that.
     */
    int request(int rights, int needed) {
        if (allowed[rights] == rights) {
            return Rights.permit(rights, needed) ? rights : NONE;
        }
        int best = NONE;
        int most = -1;
        for (int request = 0; request < ALL_RIGHTS; request++) {
            int gives = allowed[request];
            boolean fits = gives != NOTHING && Rights.permit(rights, gives) && Rights.permit(gives, needed);
            if (fits && Integer.bitCount(gives) > most) {
                best = request;
                most = Integer.bitCount(gives);
            }
        }
        return best;
    }

    private static int[] allowedByRequest(PageTableFormat format) {
        PageTable table = format.create(new ScratchMemory(), new ScratchFrames());
        int shift = format.pageShifts().getFirst();
        int[] allowed = new int[ALL_RIGHTS];
        for (int request = 0; request < ALL_RIGHTS; request++) {
            table.map(0, 0, shift, request, PageTable.ACCESSED | PageTable.DIRTY);
            Mapping made = table.find(0);
            allowed[request] = made == null ? NOTHING : made.allowed();
            table.unmap(0);
        }
        return allowed;
    }

    // Which one.

    /**
     * The format for guests whose tables have {@code guest}'s.
     *
     * @param name of the one to take; {@link ShadowOptions#ANY_FORMAT} for the best, which is the narrowest that has the guest's addresses, and of those
     *     the one that reaches farthest
     * @param separation for whom tables have to be
     * @throws VmRefused when none will do, with the reason
     */
    static ShadowFormat choose(Host host, PageTableFormat guest, String name, Separation separation) {
        List<PageTableFormat> candidates = host.stageOneFormats().stream()
                .filter(format -> name.equals(ShadowOptions.ANY_FORMAT) || format.name().equals(name))
                .sorted(Comparator.comparingInt(PageTableFormat::inputBits)
                        .thenComparing(Comparator.comparingInt(ShadowFormat::reach).reversed()))
                .toList();
        if (candidates.isEmpty()) {
            throw new VmRefused("strategy shadow: format=%s is none that hardware can walk; there are %s"
                    .formatted(name, names(host.stageOneFormats())));
        }
        Set<Integer> wanted = new HashSet<>();
        for (View view : separation.views()) {
            expressible(guest).forEach(rights -> wanted.add(view.of(rights)));
        }
        for (PageTableFormat candidate : candidates) {
            if (holds(candidate, guest, host)) {
                ShadowFormat best = adapted(candidate, wanted);
                if (best.lacks(wanted) == 0) {
                    return best;
                }
            }
        }
        throw new VmRefused(
                ("%s cannot shadow the guest's tables, which have %s: a shadow format has as many roots, all of the guest's"
                        + " addresses, pages no larger than the guest's and the host's smallest, names %#x bytes of host"
                        + " memory, and expresses the guest's rights with and without those to write, for whom separation=%s has"
                        + " tables")
                                .formatted(names(candidates), guest.name(), host.memoryBytes(), separation));
    }

    private static String names(List<PageTableFormat> formats) {
        return formats.stream().map(PageTableFormat::name).collect(Collectors.joining(", "));
    }

    /** Bits of an address where any page may lie. */
    private static int reach(PageTableFormat format) {
        return format.outputBits(format.pageShifts().getFirst());
    }

    private static boolean holds(PageTableFormat candidate, PageTableFormat guest, Host host) {
        int base = smallestPage(candidate);
        return candidate.roots() >= guest.roots()
                && base <= host.backing().granuleShift()
                && (guest instanceof Unpaged || base <= smallestPage(guest))
                && (host.memoryBytes() - 1) >>> reach(candidate) == 0
                && hasAddresses(candidate, guest, host.backing().size());
    }

    /** Offset bits of a page that the tables at every root have. */
    private static int smallestPage(PageTableFormat format) {
        int largest = 0;
        for (int number = 0; number < format.roots(); number++) {
            largest = Math.max(largest, format.ofRoot(number).pageShifts().getFirst());
        }
        return largest;
    }

    private static boolean hasAddresses(PageTableFormat candidate, PageTableFormat guest, long guestMemory) {
        if (guest instanceof Unpaged) {
            return candidate.inRange(guestMemory - 1);
        }
        long last = guest.kernelBase() < 0 ? -1 : (1L << guest.inputBits()) - 1;
        return candidate.inRange(guest.userEnd() - 1) && candidate.inRange(guest.kernelBase())
                && candidate.inRange(last);
    }

    /** The rights that a guest's pages can have, and the same without those to write. */
    private static Set<Integer> expressible(PageTableFormat guest) {
        Set<Integer> rights = new HashSet<>();
        if (guest instanceof Unpaged) {
            rights.add(Rights.ALL);
        } else {
            Arrays.stream(allowedByRequest(guest.ofRoot(0))).filter(each -> each != NOTHING).forEach(rights::add);
        }
        Set<Integer> readOnly = rights.stream().map(each -> each & ~Rights.WRITE).collect(Collectors.toSet());
        rights.addAll(readOnly);
        return rights;
    }

    /** The format with those of its control bits switched over that let it express more of what is wanted. */
    private static ShadowFormat adapted(PageTableFormat candidate, Set<Integer> wanted) {
        ShadowFormat best = new ShadowFormat(candidate);
        for (Option option : candidate.options()) {
            if (best.lacks(wanted) == 0) {
                break;
            }
            if (option.kind() == Option.Kind.SWITCH) {
                for (String state : new String[] {"on", "off"}) {
                    ShadowFormat switched = best.with(option, state);
                    best = switched != null && switched.lacks(wanted) < best.lacks(wanted) ? switched : best;
                }
            }
        }
        return best;
    }

    /** The same with one control bit as told; null where the format's others do not go with that. */
    private @Nullable ShadowFormat with(Option option, String state) {
        try {
            return new ShadowFormat(format.with(Map.of(option.name(), state)));
        } catch (IllegalArgumentException contradiction) {
            return null;
        }
    }

    /** How many single accesses it cannot allow to pages with the wanted rights. */
    private int lacks(Set<Integer> wanted) {
        int lacking = 0;
        for (int rights : wanted) {
            for (int needed = 1; needed < ALL_RIGHTS; needed <<= 1) {
                lacking += (rights & needed) != 0 && request(rights, needed) == NONE ? 1 : 0;
            }
        }
        return lacking;
    }

    /** Memory of a table with which a format is tried out. */
    private static final class ScratchMemory implements TableMemory {
        private final Map<Long, Long> words = new HashMap<>();

        @Override
        public long load(long address) {
            return words.getOrDefault(address, 0L);
        }

        @Override
        public void store(long address, long value) {
            words.put(address, value);
        }
    }

    private static final class ScratchFrames implements TableFrames {
        // Not at 0, which some take for no address.
        private long next = 1 << 20;

        @Override
        public long allocate(long bytes) {
            next = (next + bytes - 1 & -bytes) + bytes;
            return next - bytes;
        }

        @Override
        public void release(long address, long bytes) {
            // The next table lies elsewhere.
        }
    }
}
