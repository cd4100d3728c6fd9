package org.memvirt.testkit.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.memvirt.api.access.Rights;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.Machine;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.guest.Process;
import org.memvirt.testkit.format.FormatUnderTest;

/**
 * A guest that maps, touches, protects, gives back, forks, ends and switches by chance, beside {@link GuestModel}: every value that it
 * reads and every access that it is refused must be the model's. In half of the guests programs begin and end often, and so get each
 * other's memory.
 */
public final class GuestScript {
    private static final int MOST_PROGRAMS = 4;
    // The first so many of a hundred kinds of steps begin and end programs, or switch between them.
    private static final int KINDS = 100;
    private static final int OF_PROGRAMS = 7;
    private static final int[] RIGHTS = {
        Rights.USER_READ,
        Rights.USER_READ | Rights.USER_WRITE,
        Rights.USER_READ | Rights.USER_WRITE,
        Rights.USER_READ | Rights.USER_EXECUTE,
        Rights.USER
    };

    private final Machine machine;
    private final SplittableRandom random;
    private final int pageShift;
    private final int pagesOfACluster;
    private final List<Long> clusters;
    private final GuestModel model;
    private final boolean restless;
    private final List<Process> processes = new ArrayList<>();
    private final List<String> log = new ArrayList<>();

    /**
     * @param pageShift offset bits of the pages that the guest kernel gives
     * @param forbidsExecution whether the guest's page tables can do that
     */
    public GuestScript(Machine machine, SplittableRandom random, int pageShift, boolean forbidsExecution) {
        this.machine = machine;
        this.random = random;
        this.pageShift = pageShift;
        pagesOfACluster = pageShift > machine.config().format().pageShifts().getFirst() ? 2 : 8;
        clusters = clusters(machine);
        model = new GuestModel(
                pageShift, forbidsExecution, FormatUnderTest.attributesOfUse(machine.config().format()));
        restless = random.nextBoolean();
        spawn();
        switchTo(0);
    }

    /** Where programs live: at the bottom, below the kernel, and between. */
    private List<Long> clusters(Machine machine) {
        long end = machine.config().format().userEnd();
        long room = (long) pagesOfACluster << pageShift;
        List<Long> found = new ArrayList<>();
        for (long at : new long[] {room, end / 3, end - room}) {
            found.add(at & -room);
        }
        return found;
    }

    /** Goes on for that many steps. */
    public void play(int steps) {
        for (int step = 0; step < steps; step++) {
            long address = address();
            switch (random.nextInt(restless && random.nextInt(4) == 0 ? OF_PROGRAMS : KINDS)) {
                case 0 -> spawn();
                case 1 -> fork();
                case 2 -> exit(random.nextInt(model.programs()));
                case 3, 4, 5, 6 -> switchTo(random.nextInt(model.programs()));
                case 7, 8, 9, 10, 11, 12 -> allow(address);
                case 13, 14, 15, 16 -> forbid(address);
                case 17, 18, 19, 20, 21, 22, 23 -> protect(address);
                case 24, 25, 26, 27, 28, 29, 30 -> {
                    note("fetch", address);
                    assertThat(fetch(address)).as("%s", this).isEqualTo(model.fetch(address));
                }
                default -> {
                    if (random.nextBoolean()) {
                        note("load", address);
                        assertThat(machine.load(address)).as("%s", this).isEqualTo(model.load(address));
                    } else {
                        note("store", address);
                        long value = random.nextLong();
                        assertThat(machine.store(address, value))
                                .as("%s", this)
                                .isEqualTo(model.store(address, value));
                    }
                }
            }
        }
        assertThat(machine.counters().get(Count.GUEST_FAULTS)).as("faults taken by the guest")
                .isEqualTo(model.faults());
    }

    private long address() {
        long cluster = clusters.get(random.nextInt(clusters.size()));
        long offset = random.nextInt(4) == 0 ? random.nextLong(1L << pageShift) : random.nextLong(64);
        return cluster + (random.nextLong(pagesOfACluster) << pageShift) + (offset & -8);
    }

    private void note(String what, long address) {
        log.add("%s %#x by %d".formatted(what, address, model.current()));
    }

    private boolean fetch(long address) {
        return machine.vcpu().access().reach(address, Rights.USER_EXECUTE) != Walk.NOWHERE;
    }

    private void spawn() {
        if (processes.size() < MOST_PROGRAMS) {
            processes.add(machine.kernel().spawn());
            model.spawn();
        }
    }

    private void fork() {
        spawn();
        int child = (model.current() + 1) % model.programs();
        if (child == model.current()) {
            return;
        }
        note("fork to " + child, 0);
        machine.kernel().exit(processes.get(child));
        model.replace(child);
        processes.set(child, machine.kernel().fork(process()));
        model.fork(child);
    }

    private void exit(int program) {
        note("exit of " + program, 0);
        machine.kernel().exit(processes.get(program));
        model.replace(program);
        processes.set(program, machine.kernel().spawn());
        if (program == model.current()) {
            switchTo(program);
        }
    }

    private void switchTo(int program) {
        note("switch to " + program, 0);
        machine.kernel().run(processes.get(program));
        model.run(program);
    }

    /** How many pages from this address on, within its cluster. */
    private int pagesFrom(long address) {
        long inCluster = (address >>> pageShift) % pagesOfACluster;
        return 1 + random.nextInt(pagesOfACluster - (int) inCluster);
    }

    private void allow(long address) {
        long start = address & -1L << pageShift;
        int pages = pagesFrom(start);
        int rights = RIGHTS[random.nextInt(RIGHTS.length)];
        note("allow %d pages %s".formatted(pages, Rights.text(rights)), start);
        machine.kernel().allow(process(), start, (long) pages << pageShift, rights);
        model.allow(start, pages, rights);
    }

    private void forbid(long address) {
        long start = address & -1L << pageShift;
        int pages = pagesFrom(start);
        note("forbid %d pages".formatted(pages), start);
        machine.kernel().forbid(process(), start, (long) pages << pageShift);
        model.forbid(start, pages);
    }

    private void protect(long address) {
        long start = address & -1L << pageShift;
        int pages = pagesFrom(start);
        int rights = RIGHTS[random.nextInt(RIGHTS.length)];
        note("protect %d pages %s".formatted(pages, Rights.text(rights)), start);
        machine.kernel().protect(process(), start, (long) pages << pageShift, rights);
        model.protect(start, pages, rights);
    }

    private Process process() {
        return processes.get(model.current());
    }

    /** Checks, for every page of the running program, that a walk ends where the host says the page lies. */
    public int checkWalks() {
        int mapped = 0;
        for (long cluster : clusters) {
            for (int page = 0; page < pagesOfACluster; page++) {
                long address = cluster + ((long) page << pageShift) + 8;
                var mapping = machine.kernel().find(process(), address);
                if (mapping == null || model.load(address).isEmpty()) {
                    continue;
                }
                Walk walk = machine.single().translate(address, Rights.USER_READ, null);
                assertThat(walk.succeeded()).as("%s", walk).isTrue();
                assertThat(walk.outputAddress)
                        .as("the walk of %#x, gPA %#x", address, mapping.translate(address))
                        .isEqualTo(machine.backing().find(mapping.translate(address)));
                mapped++;
            }
        }
        return mapped;
    }

    @Override
    public String toString() {
        return "after " + log.size() + " steps, the last of them "
                + log.subList(Math.max(0, log.size() - 12), log.size());
    }
}
