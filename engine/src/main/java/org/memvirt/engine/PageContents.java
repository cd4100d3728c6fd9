package org.memvirt.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.GuestEvent;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.Mapping;
import org.memvirt.api.table.TableMemory;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.cpu.Vcpu;
import org.memvirt.engine.guest.GuestKernel;
import org.memvirt.engine.guest.Process;
import org.memvirt.engine.memory.Backing;
import org.memvirt.engine.memory.PhysicalMemory;

/**
 * Gives the pages of a guest's programs contents, and checks them at every access on each of its vCPUs: each store leaves an id
 * in its frame, where the TLB says that it lies, and each later access must find it there, whatever the host has done meanwhile.
 */
final class PageContents {
    private static final int SHIFT = 12;
    private static final long FRAME = 1L << SHIFT;
    private static final int VM_SHIFT = 48;
    private static final int MOST_MESSAGES = 10;

    private final int vm;
    private final GuestKernel kernel;
    private final Backing backing;
    private final PhysicalMemory memory;
    private final long different;
    private final TableMemory guest = new GuestWords();
    private final AccessBatch one = new AccessBatch(1);
    // By program, one for all its threads, by number of the page: the frame, in guest-physical memory, in which it was found last.
    private final Map<Process, Map<Long, Long>> frames = new IdentityHashMap<>();
    // By such a frame: what it holds, and how many pages of programs were found in it.
    private final Map<Long, Long> ids = new HashMap<>();
    private final Map<Long, Integer> users = new HashMap<>();
    private final List<String> broken = new ArrayList<>();
    private long stores;
    private long collapses;
    private long kills;

    /**
     * @param vm its number, so that stores of no two VMs are alike
     * @param different how many different ids there are, each page having one; 0 for another with each store
     */
    PageContents(int vm, GuestKernel kernel, Backing backing, PhysicalMemory memory, long different) {
        this.vm = vm;
        this.kernel = kernel;
        this.backing = backing;
        this.memory = memory;
        this.different = different;
    }

    /** Carries a batch out on a vCPU, which its kernel is on, one access after the other. */
    void execute(Vcpu vcpu, AccessBatch batch, Consumer<AccessBatch> executor) {
        for (GuestEvent event : batch.events()) {
            before(event);
            one.clear();
            one.add(event);
            executor.accept(one);
        }
        for (int i = 0; i < batch.length; i++) {
            one.clear();
            one.add(batch.addresses[i], batch.kinds[i]);
            executor.accept(one);
            if (kernel.counts().get(Count.COLLAPSES) != collapses) {
                collapses = kernel.counts().get(Count.COLLAPSES);
                followCollapses();
            }
            forgetKilled();
            check(vcpu, batch.addresses[i], batch.kinds[i]);
        }
    }

    private void forgetKilled() {
        if (kills != kernel.counts().get(Count.KILLS)) {
            kills = kernel.counts().get(Count.KILLS);
            for (Process process : List.copyOf(frames.keySet())) {
                if (process.isKilled()) {
                    forget(process);
                }
            }
        }
    }

    private void forget(Process process) {
        Map<Long, Long> pages = frames.remove(process);
        if (pages != null) {
            pages.values().forEach(this::leave);
        }
    }

    /** Who stands for all threads of the process that runs. */
    private Process program() {
        Process current = kernel.current();
        if (frames.containsKey(current)) {
            return current;
        }
        return frames.keySet().stream()
                .filter(current::sharesAddressSpace)
                .findFirst()
                .orElse(current);
    }

    /** Forgets what the program will not have any more. */
    private void before(GuestEvent event) {
        switch (event) {
            case GuestEvent.Map(long start, long bytes, int rights) -> giveUp(start, bytes);
            case GuestEvent.MapShared(long start, long bytes, int rights, int object, long offset) ->
                    giveUp(start, bytes);
            case GuestEvent.Unmap(long start, long bytes) -> giveUp(start, bytes);
            case GuestEvent.Exit() -> {
                if (kernel.isLastThread(kernel.current())) {
                    forget(program());
                }
            }
            default -> {
                // What it has stays as it is.
            }
        }
    }

    private record Moved(Map<Long, Long> pages, long page, long frame, @Nullable Long id) {}

    /** The guest's daemon has copied pages to other frames, where they must be found as they were, and freed those they had. */
    private void followCollapses() {
        List<Moved> all = new ArrayList<>();
        frames.forEach((process, pages) -> pages.forEach((page, frame) -> {
            Mapping mapping = kernel.peek(process, page << SHIFT, guest);
            long now = mapping == null ? Walk.NOWHERE : mapping.translate(page << SHIFT) & -FRAME;
            if (now != frame) {
                all.add(new Moved(pages, page, now, ids.get(frame)));
            }
        }));
        all.forEach(moved -> leave(moved.pages().remove(moved.page())));
        for (Moved moved : all) {
            if (moved.frame() != Walk.NOWHERE) {
                moved.pages().put(moved.page(), moved.frame());
                users.merge(moved.frame(), 1, Integer::sum);
                if (moved.id() != null) {
                    ids.put(moved.frame(), moved.id());
                }
            }
        }
    }

    private void giveUp(long start, long bytes) {
        Map<Long, Long> pages = frames.getOrDefault(program(), Map.of());
        if (pages.size() < bytes >>> SHIFT) {
            for (long page : List.copyOf(pages.keySet())) {
                if (page >= start >>> SHIFT && page < start + bytes >>> SHIFT) {
                    leave(pages.remove(page));
                }
            }
            return;
        }
        for (long page = start >>> SHIFT; page < start + bytes >>> SHIFT; page++) {
            leave(pages.remove(page));
        }
    }

    private void leave(@Nullable Long frame) {
        if (frame != null && users.merge(frame, -1, Integer::sum) == 0) {
            users.remove(frame);
            ids.remove(frame);
        }
    }

    private void check(Vcpu vcpu, long address, int kind) {
        if (vcpu.emulatedLast()) {
            return;
        }
        long reached = vcpu.access().reached(address, kind);
        Mapping mapping = kernel.peek(kernel.current(), address, guest);
        if (mapping == null) {
            return;
        }
        long frame = mapping.translate(address) & -FRAME;
        long word = (reached == Walk.NOWHERE ? backing.find(frame) : reached) & -FRAME;
        if (word < 0) {
            return; // The host has taken it away again.
        }
        long held = memory.load(word);
        long expected = follow(address >>> SHIFT, frame, held);
        if (held != expected && broken.size() < MOST_MESSAGES) {
            broken.add("VM %d: the page at %#x, gPA %#x, holds content %d where %d was stored, at hPA %#x"
                    .formatted(vm, address & -FRAME, frame, held, expected, word));
        }
        if ((kind & Rights.WRITE) != 0) {
            stores++;
            long id = different == 0 ? (long) vm << VM_SHIFT | stores
                    : 1 + Long.remainderUnsigned((address >>> SHIFT) * 0x9e3779b97f4a7c15L,
                            different);
            memory.store(word, id);
            ids.put(frame, id);
        } else {
            ids.put(frame, held);
        }
    }

    /** The guest's memory, there or taken away. */
    private final class GuestWords implements TableMemory {
        @Override
        public long load(long gpa) {
            long address = backing.find(gpa);
            if (address >= 0) {
                return memory.load(address);
            }
            long[] words = backing.words(gpa);
            return words == null ? 0 : words[(int) (gpa & FRAME - 1) >>> 3];
        }

        @Override
        public void store(long gpa, long value) {
            throw new UnsupportedOperationException("the guest's memory is looked at, not changed");
        }
    }

    /** What a page should hold that is found in this frame now. */
    private long follow(long page, long frame, long held) {
        Map<Long, Long> pages = frames.computeIfAbsent(program(), process -> new HashMap<>());
        Long before = pages.put(page, frame);
        if (before != null && before == frame) {
            return ids.getOrDefault(frame, held);
        }
        int others = users.merge(frame, 1, Integer::sum) - 1;
        if (before != null) {
            // The kernel has given the program a copy.
            long expected = ids.getOrDefault(before, held);
            leave(before);
            return expected;
        }
        // Of nobody's it is new, and clear, or another's that was copied on a store since.
        return others > 0 ? ids.getOrDefault(frame, held) : held == 0 ? 0 : ids.getOrDefault(frame, held);
    }

    /** A message for each of the first pages that held something else. */
    List<String> broken() {
        return broken;
    }
}
