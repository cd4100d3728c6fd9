package org.memvirt.vmm.shadow;

import java.util.Collection;
import java.util.List;
import org.memvirt.api.architecture.TagPool;
import org.memvirt.api.vmm.VmRefused;

/**
 * Hardware's tags of the shadow tables of a VM, one each while there are enough. When the last is given out a new generation
 * begins: all that is cached is flushed, only the tables that are in use keep theirs, and the others get one when they are
 * loaded again.
 */
final class ShadowTags {
    private final TagPool pool;
    private final int bits;
    private final ShadowCounts counts;
    private final Flush flush;

    /** @param bits of a tag; 0 if there are none to give out */
    ShadowTags(int bits, ShadowCounts counts, Flush flush) {
        this.bits = bits;
        this.counts = counts;
        this.flush = flush;
        pool = new TagPool(bits);
    }

    /** Whether shadows have tags of their own. */
    boolean exist() {
        return bits != 0;
    }

    /** @throws VmRefused when so many tables, which are in use at once, could not all have one */
    void require(int tables) {
        if (exist() && tables > (1 << bits) - 1) {
            throw new VmRefused("strategy shadow: tags=%d has %d tags, but vCPUs have %d tables loaded at once"
                    .formatted(bits, (1 << bits) - 1, tables));
        }
    }

    /**
     * Sees to it that a table has a tag, before a vCPU runs on it.
     *
     * @param used all that vCPUs run on
     */
    void give(ShadowTable table, Collection<ShadowTable> used) {
        if (!exist() || pool.renewed(table.ticket) != 0) {
            return;
        }
        long generation = pool.generation();
        long[] active = used.stream().mapToLong(each -> each.ticket).toArray();
        table.ticket = pool.take(active);
        counts.tagsGiven++;
        if (pool.generation() != generation) {
            counts.tagRollovers++;
            flush.noteAll();
        }
    }

    /** The tables with the same current tag as another; none, unless something is wrong. */
    List<ShadowTable> sharers(Collection<ShadowTable> tables) {
        return tables.stream()
                .filter(table -> pool.renewed(table.ticket) != 0)
                .filter(table -> tables.stream().anyMatch(other -> other != table
                        && pool.renewed(other.ticket) != 0
                        && TagPool.tag(other.ticket) == TagPool.tag(table.ticket)))
                .toList();
    }
}
