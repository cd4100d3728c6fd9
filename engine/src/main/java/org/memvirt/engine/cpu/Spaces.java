package org.memvirt.engine.cpu;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.memvirt.api.invalidation.CacheTags;

/**
 * Gives what is cached small numbers in place of its tags: one for each <i>space</i>, which is all tags together, and one
 * for each <i>owner</i>, which is a VM with a second-stage table: global translations and those of stage 2 are an owner's.
 */
public final class Spaces {
    private final Map<CacheTags, Integer> numbers = new HashMap<>();
    private final List<CacheTags> spaces = new ArrayList<>();
    private final Map<CacheTags, Integer> ownerNumbers = new HashMap<>();
    private final List<CacheTags> owners = new ArrayList<>();

    /** The number of this space; the same at every call. */
    public int space(CacheTags tags) {
        return number(tags, numbers, spaces);
    }

    /** The number of the owner that {@code tags} belong to; the same at every call. */
    public int owner(CacheTags tags) {
        return number(new CacheTags(tags.vm(), 0, tags.stageTwoRoot()), ownerNumbers, owners);
    }

    private static int number(CacheTags tags, Map<CacheTags, Integer> numbers, List<CacheTags> all) {
        return numbers.computeIfAbsent(tags, missing -> {
            all.add(missing);
            return numbers.size();
        });
    }

    /** The tags of a space. */
    public CacheTags tagsOfSpace(int space) {
        return spaces.get(space);
    }

    /** The tags of an owner, its address space aside. */
    public CacheTags tagsOfOwner(int owner) {
        return owners.get(owner);
    }
}
