package org.memvirt.api.table;

import java.util.List;
import java.util.Set;
import org.memvirt.api.access.Rights;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Stage;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;

/**
 * Translation switched off: the output address is the input address and everything is allowed. The state in which a
 * machine boots; under a second stage only that stage is walked, so its references fill row 0. A subclass overrides {@link
 * #untagged} where programs may keep tags in addresses then, too.
 */
public class Unpaged implements PageTableFormat {
    /** The largest piece that a TLB may keep of the identity. */
    private static final int PAGE_SHIFT = 30;

    private final int addressBits;

    /** @param addressBits bits of a physical address */
    public Unpaged(int addressBits) {
        this.addressBits = addressBits;
    }

    @Override
    public final String name() {
        return "unpaged";
    }

    @Override
    public final String description() {
        return "translation off: addresses are physical";
    }

    @Override
    public final Set<Stage> stages() {
        return Set.of(Stage.STAGE_1);
    }

    @Override
    public final int levels() {
        return 0;
    }

    @Override
    public final int inputBits() {
        return addressBits;
    }

    @Override
    public final int outputBits() {
        return addressBits;
    }

    @Override
    public final List<Integer> pageShifts() {
        return List.of(PAGE_SHIFT);
    }

    @Override
    public final boolean inRange(long inputAddress) {
        return inputAddress >>> addressBits == 0;
    }

    @Override
    public final void walk(Walk walk, WalkPort port) {
        long address = untagged(walk.inputAddress, walk.access);
        walk.tagBits ^= address ^ walk.inputAddress;
        walk.inputAddress = address;
        if (!inRange(address)) {
            walk.fail(Fault.ADDRESS_SIZE, 0, 0);
            return;
        }
        walk.outputAddress = address;
        walk.pageShift = PAGE_SHIFT;
        walk.stage1Shift = PAGE_SHIFT;
        walk.allowed = Rights.ALL;
        port.resolveLeaf(walk);
    }

    /** Always refused: there is no table. */
    @Override
    public final PageTable create(TableMemory memory, TableFrames frames) {
        throw new UnsupportedOperationException("translation is off: there is no page table");
    }

    /** Always refused: there is no table. */
    @Override
    public final PageTable open(TableMemory memory, TableFrames frames, long root) {
        throw new UnsupportedOperationException("translation is off: there is no page table");
    }
}
