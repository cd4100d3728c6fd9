package org.memvirt.testkit.tlb;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.BatchTlb;
import org.memvirt.api.tlb.Tlb;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkBatch;

/** Plays accesses and invalidations on a TLB as a vCPU does, and keeps book. */
public final class TlbPlayer {
    private static final long PAGE = -4096;

    private static final int[] KINDS = {
        Rights.USER_READ,
        Rights.USER_READ,
        Rights.USER_WRITE,
        Rights.USER_READ | Rights.USER_WRITE,
        Rights.USER_EXECUTE,
        Rights.USER_EXECUTE,
        Rights.SUPERVISOR_READ,
        Rights.SUPERVISOR_WRITE,
        Rights.SUPERVISOR_EXECUTE
    };

    private final Tlb tlb;
    private final Translations translations;
    private final boolean oneByOne;
    private final List<Long> misses = new ArrayList<>();
    private final Walk walk = Walk.outer();
    private final WalkBatch walks = WalkBatch.outer(false);
    private final long[] foreseen = new long[WalkBatch.CAPACITY];
    private int space;
    private int accesses;

    /** @param oneByOne whether each access is a call of its own */
    public TlbPlayer(Tlb tlb, List<Integer> pageShifts, boolean oneByOne) {
        this(tlb, new Translations(pageShifts, 100, true), oneByOne);
    }

    /** The same with pages of any kind. */
    public TlbPlayer(Tlb tlb, Translations translations, boolean oneByOne) {
        this.tlb = tlb;
        this.oneByOne = oneByOne;
        this.translations = translations;
        select(0);
    }

    /** Accesses to few or many pages, with runs to the same one. */
    public static AccessBatch batch(SplittableRandom random, int length, int pages) {
        Translations any = new Translations(List.of(12, 21, 12, 30), 100, true);
        return batch(random, length, pages, any);
    }

    static AccessBatch batch(SplittableRandom random, int length, int pages, Translations translations) {
        AccessBatch batch = new AccessBatch(length);
        int codeOrData = random.nextInt(3);
        while (!batch.isFull()) {
            long address = translations.address(random, pages);
            int repeats = 1 + random.nextInt(4);
            for (int i = 0; i < repeats && !batch.isFull(); i++) {
                int kind = KINDS[random.nextInt(codeOrData == 0 ? 4 : KINDS.length)];
                batch.add(address & -4096 | random.nextLong(4096), kind);
            }
        }
        return batch;
    }

    /** The accesses of one batch, as {@link #batch} makes them for this player's page sizes. */
    public AccessBatch draw(SplittableRandom random, int length, int pages) {
        return batch(random, length, pages, translations);
    }

    public Translations translations() {
        return translations;
    }

    public int space() {
        return space;
    }

    /** How many accesses have been carried out. */
    public int accesses() {
        return accesses;
    }

    /** The pages of the accesses that missed, as often as they did. */
    public List<Long> misses() {
        return misses;
    }

    public void select(int newSpace) {
        space = newSpace;
        tlb.select(Translations.vmOf(newSpace), newSpace);
    }

    /** Removes what is cached of a space, and of the global pages of its VM. */
    public void invalidateSpace(int gone) {
        tlb.invalidate(ofSpace(gone));
    }

    /** Carries a part of the batch out; returns how many accesses missed. */
    public int play(AccessBatch batch, int from, int to) {
        return play(batch, from, to, null);
    }

    /**
     * The same, with something that may happen whenever an access misses, as a page fault does.
     *
     * @param interruption true if something happened, and the access must be made again; null if nothing ever does: then
     *     what the TLB foresees is answered together
     */
    public int play(AccessBatch batch, int from, int to, @Nullable BooleanSupplier interruption) {
        int missesBefore = misses.size();
        int at = from;
        while (at < to) {
            int end = oneByOne ? at + 1 : to;
            int missed = tlb.advance(batch, at, end);
            accesses += missed - at;
            at = missed;
            if (missed < end) {
                long address = batch.addresses[missed];
                int needed = batch.kinds[missed];
                BatchTlb batching = interruption == null && tlb instanceof BatchTlb able ? able : null;
                int plain = batching != null ? answerPending(batching) : 0;
                if (batching != null && plain > 0) {
                    at = batching.insertAll(walks, plain);
                    accesses += at - missed;
                } else if (translations.faults(space, address, needed)) {
                    tlb.cancelMiss(needed);
                    translations.grant(space, address, needed);
                } else if (interruption != null && interruption.getAsBoolean()) {
                    tlb.cancelMiss(needed);
                } else {
                    misses.add(address & PAGE);
                    translations.walk(space, address, needed, walk);
                    tlb.insert(walk, needed);
                    accesses++;
                    at++;
                }
            }
        }
        return misses.size() - missesBefore;
    }

    /** Makes the walks of what will miss, as far as they are plain; returns how many are answered. */
    private int answerPending(BatchTlb batching) {
        int plain = walkPending(batching.pendingMisses(foreseen));
        int answered = plain == 0 ? 0 : batching.fitting(walks, plain);
        for (int i = 0; i < answered; i++) {
            misses.add(foreseen[i] & PAGE);
        }
        return answered;
    }

    /** Those, from the first on, that are plain and whose pages are of one size. */
    private int walkPending(int count) {
        for (int i = 0; i < count; i++) {
            long page = foreseen[i] & PAGE;
            int needed = (int) (foreseen[i] & ~PAGE);
            if (!translations.isPlain(space, page, needed)) {
                return i;
            }
            translations.walk(space, page, needed, walk);
            if (i > 0 && walk.pageShift != walks.pageShift) {
                return i;
            }
            walks.pageShift = walk.pageShift;
            walks.output[i] = walk.outputAddress;
            walks.allowed[i] = walk.allowed;
        }
        return count;
    }

    /** What a fault handler does: it makes accesses of its own, and invalidates; then the program goes on. */
    public void interrupt(SplittableRandom random, int pages) {
        int interrupted = space;
        if (random.nextBoolean()) {
            play(draw(random, 1 + random.nextInt(5), pages), 0, 1);
        }
        happening(random, pages);
        if (space != interrupted) {
            play(draw(random, 1 + random.nextInt(5), pages), 0, 1);
            select(interrupted);
        }
    }

    /** Something that happens between batches. */
    public void happening(SplittableRandom random, int pages) {
        switch (random.nextInt(12)) {
            case 0, 1, 2 -> select(random.nextInt(2 * Translations.SPACES_OF_A_VM));
            case 3, 4, 5 -> {
                long address = translations.address(random, pages);
                translations.change(space, address);
                tlb.invalidate(ofSpace(space), translations.pageOf(address), translations.bytesOf(address));
            }
            case 6 -> {
                long address = translations.pageOf(translations.address(random, pages));
                tlb.invalidate(ofSpace(space), address, random.nextLong(1L << 24) + 1);
            }
            case 7 -> {
                int any = random.nextInt(2 * Translations.SPACES_OF_A_VM);
                tlb.invalidate(new SomeOwners(1 << any, 0));
            }
            case 8 -> tlb.invalidate(ofVm(1 + random.nextInt(2)));
            case 9 -> {
                if (random.nextInt(4) == 0) {
                    tlb.invalidateAll();
                }
            }
            case 10 -> {
                Tlb.Target some =
                        new SomeOwners(random.nextInt(1 << 2 * Translations.SPACES_OF_A_VM), random.nextInt(8));
                if (random.nextBoolean()) {
                    tlb.invalidate(some);
                } else {
                    long address = translations.address(random, pages);
                    tlb.invalidate(some, address, random.nextBoolean() ? 1 : random.nextLong(1L << 24) + 1);
                }
            }
            default -> {
                // Nothing happens: the next batch follows at once.
            }
        }
    }

    /** A space, and its VM's global pages. */
    public static Tlb.Target ofSpace(int space) {
        return new SomeOwners(1 << space, 1 << Translations.vmOf(space));
    }

    /** All spaces of a VM, and its global pages. */
    public static Tlb.Target ofVm(int vm) {
        int spaces = (1 << Translations.SPACES_OF_A_VM) - 1;
        return new SomeOwners(spaces << (vm - 1) * Translations.SPACES_OF_A_VM, 1 << vm);
    }

    /** The owners whose bits are set. */
    private record SomeOwners(int spaces, int vms) implements Tlb.Target {
        @Override
        public boolean includeSpace(int anySpace) {
            return (spaces >>> anySpace & 1) != 0;
        }

        @Override
        public boolean includeGlobalsOf(int vm) {
            return (vms >>> vm & 1) != 0;
        }
    }

    /** Hits and misses by group, as text. */
    public String counts() {
        StringBuilder text = new StringBuilder();
        tlb.counts().forEach(counts -> text.append(
                "%s %d hits %d misses; ".formatted(counts.group, counts.hits, counts.misses)));
        return text.toString();
    }

    /** What the TLB says of some addresses, as text, which it must do without any effect. */
    public String probes(SplittableRandom random, int pages) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 20; i++) {
            long address = translations.address(random, pages);
            int needed = KINDS[random.nextInt(KINDS.length)];
            if (tlb.probe(address, needed, walk)) {
                text.append("%#x: %#x 2^%d %s %s; ".formatted(
                        address, walk.outputAddress, walk.pageShift, Rights.text(walk.allowed), walk.global));
                if (!translations.confirms(space, address, walk)) {
                    throw new AssertionError("the TLB gives a translation of %#x that is none: %s"
                            .formatted(address, text));
                }
                if (!Rights.permit(walk.allowed, needed)) {
                    throw new AssertionError("the TLB hits without the right that is needed: " + text);
                }
            } else {
                text.append("%#x: none; ".formatted(address));
            }
        }
        return text.toString();
    }
}
