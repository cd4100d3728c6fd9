package org.memvirt.testkit.vmm;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTable;

/**
 * What a guest's programs see of memory: areas, values, and faults, as maps from page to rights and from address to value.
 * There is no translation in it.
 */
final class GuestModel {
    private final int pageShift;
    private final List<Program> programs = new ArrayList<>();
    private final boolean forbidsExecution;
    /** The accessed and dirty bits that the kernel has to set, one fault each. */
    private final int marks;

    private int current;
    private long faults;

    GuestModel(int pageShift, boolean forbidsExecution, int marks) {
        this.pageShift = pageShift;
        this.forbidsExecution = forbidsExecution;
        this.marks = marks;
    }

    /** A page's memory: how many programs have it. */
    private static final class Frame {
        int users = 1;
    }

    private static final class Program {
        final Map<Long, Integer> rights = new HashMap<>();
        final Map<Long, Frame> present = new HashMap<>();
        // Pages of which a write has to wait for a copy, or for being told that none is needed any more.
        final Set<Long> guarded = new HashSet<>();
        final Map<Long, Long> values = new HashMap<>();
        // Of the bits that the kernel sets, those that are set.
        final Map<Long, Integer> marked = new HashMap<>();

        void drop(long page) {
            Frame frame = present.remove(page);
            if (frame != null) {
                frame.users--;
            }
            guarded.remove(page);
            marked.remove(page);
        }
    }

    void spawn() {
        programs.add(new Program());
    }

    /** A program ends, and one without any area takes its number. */
    void replace(int program) {
        Program ended = programs.set(program, new Program());
        List.copyOf(ended.present.keySet()).forEach(ended::drop);
    }

    /** A program, which has no areas, becomes a copy of the one that runs. */
    void fork(int child) {
        Program to = programs.get(child);
        to.rights.putAll(program().rights);
        to.values.putAll(program().values);
        program().present.forEach((page, frame) -> {
            frame.users++;
            to.present.put(page, frame);
            to.marked.put(page, 0);
            to.guarded.add(page);
            program().guarded.add(page);
        });
    }

    int programs() {
        return programs.size();
    }

    int current() {
        return current;
    }

    void run(int program) {
        current = program;
    }

    /** Faults taken until now. */
    long faults() {
        return faults;
    }

    void allow(long start, int pages, int rights) {
        forbid(start, pages);
        for (long page = start >>> pageShift; page < (start >>> pageShift) + pages; page++) {
            program().rights.put(page, rights);
        }
    }

    void forbid(long start, int pages) {
        for (long page = start >>> pageShift; page < (start >>> pageShift) + pages; page++) {
            long forbidden = page;
            program().rights.remove(page);
            program().drop(page);
            program().values.keySet().removeIf(address -> address >>> pageShift == forbidden);
        }
    }

    void protect(long start, int pages, int rights) {
        for (long page = start >>> pageShift; page < (start >>> pageShift) + pages; page++) {
            program().rights.put(page, rights);
            Frame frame = program().present.get(page);
            if (frame != null && frame.users > 1) {
                program().guarded.add(page);
            } else {
                program().guarded.remove(page);
            }
        }
    }

    OptionalLong load(long address) {
        return touch(address, Rights.USER_READ)
                ? OptionalLong.of(program().values.getOrDefault(address, 0L))
                : OptionalLong.empty();
    }

    boolean store(long address, long value) {
        boolean done = touch(address, Rights.USER_WRITE);
        if (done) {
            program().values.put(address, value);
        }
        return done;
    }

    boolean fetch(long address) {
        return touch(address, Rights.USER_EXECUTE);
    }

    private boolean touch(long address, int needed) {
        long page = address >>> pageShift;
        int rights = program().rights.getOrDefault(page, Rights.NONE);
        if (!forbidsExecution && program().present.containsKey(page)) {
            // The kernel says no, but a page that is there once cannot say it.
            rights |= Rights.USER_EXECUTE;
        }
        boolean may = Rights.permit(rights, needed);
        if (!may) {
            faults++;
            return false;
        }
        boolean write = (needed & Rights.WRITE) != 0;
        if (!program().present.containsKey(page)) {
            faults++;
            program().present.put(page, new Frame());
            program().marked.put(page, write ? marks : marks & ~PageTable.DIRTY);
            return true;
        }
        if (lacks(page, PageTable.ACCESSED)) {
            faults++;
            program().marked.merge(page, PageTable.ACCESSED, (one, other) -> one | other);
        }
        if (write && (program().guarded.remove(page) | lacks(page, PageTable.DIRTY))) {
            faults++;
            Frame frame = program().present.get(page);
            if (frame.users > 1) {
                frame.users--;
                program().present.put(page, new Frame());
            }
            program().marked.put(page, marks);
        }
        return true;
    }

    private boolean lacks(long page, int mark) {
        return (marks & ~program().marked.getOrDefault(page, 0) & mark) != 0;
    }

    private Program program() {
        return programs.get(current);
    }
}
