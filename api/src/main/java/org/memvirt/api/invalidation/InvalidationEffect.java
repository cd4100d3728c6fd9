package org.memvirt.api.invalidation;

import java.util.Set;

/**
 * One thing that an operation removes: mappings of some kinds, under some tags, as far as the extents say.
 *
 * @param kinds the kinds of mappings; those of {@link MappingKind#STAGE_2} have no address space, so {@code asid} does
 *     not restrict them
 * @param vm of which VMs
 * @param asid of which address spaces; does not restrict global translations
 * @param stageTwoRoot of which second-stage tables; does not restrict mappings of {@link MappingKind#STAGE_1}
 * @param translations which translations, to pages; for stage 2 the address is guest-physical
 * @param tables which pointers to tables; {@link InvalidationScope#OF_PAGE} means the same as {@link InvalidationScope#OF_ADDRESS} here, and for
 *     translations of stage 2
 * @param globals whether global translations go, too
 */
public record InvalidationEffect(
        Set<MappingKind> kinds,
        TagMatch vm,
        TagMatch asid,
        TagMatch stageTwoRoot,
        InvalidationScope translations,
        InvalidationScope tables,
        boolean globals) {
    public InvalidationEffect {
        kinds = Set.copyOf(kinds);
    }

    /** Whether what is cached under {@code tags} of input addresses, global translations aside, is reached. */
    public boolean reaches(CacheTags tags, CacheTags current, CacheTags given) {
        return asid.reaches(tags.asid(), current.asid(), given.asid()) && reachesInAnySpace(tags, current, given);
    }

    /** Whether the global translations of the VM and the second-stage table of {@code tags} are reached. */
    public boolean reachesGlobals(CacheTags tags, CacheTags current, CacheTags given) {
        return globals && reachesInAnySpace(tags, current, given);
    }

    private boolean reachesInAnySpace(CacheTags tags, CacheTags current, CacheTags given) {
        return kinds.contains(tags.kind())
                && vm.reaches(tags.vm(), current.vm(), given.vm())
                && (tags.kind() == MappingKind.STAGE_1 || reachesRoot(tags, current, given));
    }

    /** Whether what is cached of the second-stage table of {@code tags} alone is reached. */
    public boolean reachesStageTwo(CacheTags tags, CacheTags current, CacheTags given) {
        return kinds.contains(MappingKind.STAGE_2)
                && vm.reaches(tags.vm(), current.vm(), given.vm())
                && reachesRoot(tags, current, given);
    }

    private boolean reachesRoot(CacheTags tags, CacheTags current, CacheTags given) {
        return stageTwoRoot.reaches(tags.stageTwoRoot(), current.stageTwoRoot(), given.stageTwoRoot());
    }
}
