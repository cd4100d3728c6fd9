package org.memvirt.engine.guest;

import java.util.Arrays;
import org.memvirt.api.architecture.TagPool;

/**
 * All tags that hardware has, each for one address space on all CPUs, in generations; or none, and each load of an address space
 * flushes what the last one left.
 */
final class PooledTags implements SpaceTags {
    private final TagPool pool;
    private final boolean tagged;

    /** @param bits of a tag; 0 for none */
    PooledTags(int bits) {
        pool = new TagPool(bits);
        tagged = bits > 0;
    }

    /** Tags of address spaces that are in use on other CPUs survive a roll-over. */
    @Override
    public Load load(AddressSpace space, int cpu, Process[] running) {
        space.cpus.set(cpu);
        space.ticket = pool.renewed(space.ticket);
        boolean rollsOver = false;
        if (space.ticket == 0) {
            long generation = pool.generation();
            long[] active =
                    Arrays.stream(running).mapToLong(each -> each.space.ticket).toArray();
            space.ticket = pool.take(active);
            rollsOver = tagged && pool.generation() != generation;
        }
        return new Load(TagPool.tag(space.ticket), !tagged, rollsOver);
    }

    @Override
    public boolean isCached(AddressSpace space) {
        return ticket(space) != 0;
    }

    @Override
    public int tagOn(AddressSpace space, int cpu) {
        return TagPool.tag(ticket(space));
    }

    /** Without tags a process that runs on one CPU has no current ticket once another runs on a second. */
    private long ticket(AddressSpace space) {
        return tagged ? pool.renewed(space.ticket) : space.ticket;
    }

    @Override
    public boolean areOfAllCpus() {
        return true;
    }

    @Override
    public boolean mustFlush(AddressSpace space, int cpu, boolean runsThere) {
        return space.cpus.get(cpu);
    }
}
