package org.memvirt.testkit.vmm;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.memvirt.api.access.Rights;

/**
 * What a guest's programs see of memory: areas, values, and faults, as maps from page to rights and from address to value.
 * There is no translation in it.
 */
final class GuestModel {
    private final int pageShift;
    private final List<Program> programs = new ArrayList<>();
    private final boolean forbidsExecution;
    private int current;
    private long faults;

    GuestModel(int pageShift, boolean forbidsExecution) {
        this.pageShift = pageShift;
        this.forbidsExecution = forbidsExecution;
    }

    private static final class Program {
        final Map<Long, Integer> rights = new HashMap<>();
        final Set<Long> present = new HashSet<>();
        final Map<Long, Long> values = new HashMap<>();
    }

    void spawn() {
        programs.add(new Program());
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
            program().present.remove(page);
            program().values.keySet().removeIf(address -> address >>> pageShift == forbidden);
        }
    }

    void protect(long start, int pages, int rights) {
        for (long page = start >>> pageShift; page < (start >>> pageShift) + pages; page++) {
            program().rights.put(page, rights);
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
        if (!forbidsExecution && program().present.contains(page)) {
            // The kernel says no, but a page that is there once cannot say it.
            rights |= Rights.USER_EXECUTE;
        }
        boolean may = Rights.permit(rights, needed);
        if (!may) {
            faults++;
            return false;
        }
        if (program().present.add(page)) {
            faults++;
        }
        return true;
    }

    private Program program() {
        return programs.get(current);
    }
}
