package org.memvirt.engine.cpu;

import java.util.List;
import org.memvirt.api.architecture.TagPool;
import org.memvirt.api.invalidation.CacheTags;
import org.memvirt.api.invalidation.InvalidationEvent;
import org.memvirt.api.vmm.VirtualCpu;
import org.memvirt.engine.count.Count;

/** The tags under which one vCPU caches on the core that it runs on, or ran on last, and what is removed from caches for it. */
final class VcpuCaching {
    private final VmTags vmTags;
    private final boolean tagged;
    // Whether an exit removes by itself what the architecture says; not where software fills the TLB.
    private final boolean exitsInvalidate;
    private final Counters counters;
    private final Vcpu vcpu;
    private final List<Vcpu> siblings;
    private Core core;
    private boolean onCore;
    private boolean hasRun;
    private long vmTicket;
    private long spaceTicket;
    private CacheTags tags;
    private int guestAsid;
    private boolean exited;

    // Of what is cached now: the number of its address space, and of what its second stage maps.
    int space;
    int context;

    /** @param siblings the vCPUs of the VM */
    VcpuCaching(
            Vcpu vcpu, VmTags vmTags, boolean tagged, boolean exitsInvalidate, Counters counters,
            List<Vcpu> siblings, Core core) {
        this.vcpu = vcpu;
        this.vmTags = vmTags;
        this.tagged = tagged;
        this.exitsInvalidate = exitsInvalidate;
        this.counters = counters;
        this.siblings = siblings;
        this.core = core;
        tags = new CacheTags(VmTags.HOST, 0, CacheTags.NO_STAGE_TWO);
    }

    /** Its strategy is known now, with the tags that it chooses. */
    void begin() {
        tags = tagsOf(guestAsid);
    }

    // Cores.

    /** It is put on a core, for which its VM gets a tag; returns whether it ran on another one before. */
    boolean occupy(Core entered) {
        boolean moved = hasRun && core != entered;
        hasRun = true;
        core = entered;
        onCore = true;
        if (tagged) {
            vmTicket = vmTags.enter(vmTicket);
        }
        return moved;
    }

    /** It begins to run. What it left on that core before it ran on others is stale, and goes if it {@code moved}. */
    void enter(boolean moved) {
        retag();
        if (moved) {
            core.happens(InvalidationEvent.VM_ALL, tags, Operand.of(tags), vcpu.tables().format());
        }
        exited = true;
    }

    /** It is taken off its core. */
    void leave() {
        happens(tagged ? InvalidationEvent.EXIT : InvalidationEvent.EXIT_UNTAGGED);
        onCore = false;
    }

    Core core() {
        return core;
    }

    boolean isOnCore() {
        return onCore;
    }

    long vmTicket() {
        return vmTicket;
    }

    // Tags.

    /** What the VMM got last from the host's pool of tags for address spaces. */
    long spaceTicket() {
        return spaceTicket;
    }

    /** The VMM takes a tag for one of its address spaces, for which it held this ticket before, or 0. */
    long takeSpaceTag(long held) {
        spaceTicket = vmTags.spaces().take(held);
        return spaceTicket;
    }

    /** Whether the VMM still holds what it took. */
    boolean holdsSpaceTag(long held) {
        return vmTags.spaces().isHeld(held);
    }

    /** Whether the VM has a tag of its own. */
    boolean isTagged() {
        return tagged;
    }

    /** The guest's tag of the address space that runs now. */
    int guestAsid() {
        return guestAsid;
    }

    /** The guest loads this tag. */
    void select(int newAsid) {
        guestAsid = newAsid;
        retag();
    }

    CacheTags tags() {
        return tags;
    }

    CacheTags tagsOf(int ofAsid) {
        VirtualCpu strategy = vcpu.strategy();
        return new CacheTags(vmTag(), strategy.asid(ofAsid), strategy.stageTwoRoot());
    }

    /** A vCPU without a tag of its own runs under the host's. */
    private int vmTag() {
        return tagged ? TagPool.tag(vmTicket) : VmTags.HOST;
    }

    private void retag() {
        int before = tags.vm();
        tags = tagsOf(guestAsid);
        if (tags.vm() != before) {
            vcpu.strategy().vmTagChanged();
        }
        space = core.spaces().space(tags);
        context = core.spaces().owner(tags);
        if (onCore) {
            core.tlb().select(context, space);
            core.selectVm(vmTag());
        }
    }

    int contextOf(long stageTwoRoot) {
        return core.spaces().owner(new CacheTags(vmTag(), 0, stageTwoRoot));
    }

    /** Takes the strategy's tags anew, if they are others. */
    void refresh() {
        VirtualCpu strategy = vcpu.strategy();
        if (strategy.stageTwoRoot() != tags.stageTwoRoot() || strategy.asid(guestAsid) != tags.asid()) {
            retag();
        }
    }

    // Exits.

    /** An exit: what the architecture says it removes goes now, and the entry that follows removes its own later. */
    void exited() {
        if (!exitsInvalidate) {
            return;
        }
        exited = true;
        if (onCore) {
            happens(tagged ? InvalidationEvent.EXIT : InvalidationEvent.EXIT_UNTAGGED);
        }
    }

    /** The guest is entered again if there was an exit. */
    void enterAgain() {
        if (exited && onCore) {
            exited = false;
            happens(tagged ? InvalidationEvent.ENTRY : InvalidationEvent.ENTRY_UNTAGGED);
        }
    }

    // Invalidation.

    /** What the architecture says is removed then of this vCPU's, on its core. */
    void happens(InvalidationEvent event) {
        happens(event, Operand.of(tags));
    }

    void happens(InvalidationEvent event, Operand operand) {
        core.happens(event, tags, operand, vcpu.tables().formatOf(operand.address()));
    }

    /** The VMM has changed a root or a top table: each vCPU of the VM loads its own anew. */
    void rootsChanged() {
        for (Vcpu sibling : siblings) {
            sibling.tables().refresh();
            sibling.tables().loadTopTable();
        }
    }

    /** Removes mappings of input addresses, of every vCPU of the VM. */
    void happensToVm(InvalidationEvent event, long address, long bytes) {
        for (Vcpu sibling : siblings) {
            VcpuCaching its = sibling.caching();
            counters.counts.addIf(Count.REMOTE_FLUSHES, its.core != core);
            its.happens(event, Operand.of(its.tags, address, bytes));
        }
    }

    /** Removes mappings of input addresses in an address space, of the VM's other vCPUs. */
    void happensToOthers(InvalidationEvent event, int ofAsid, long address, long bytes) {
        for (Vcpu sibling : siblings) {
            VcpuCaching its = sibling.caching();
            if (its != this) {
                its.happens(event, Operand.of(its.tagsOf(ofAsid), address, bytes));
            }
        }
    }

    /** The VMM's second stage has changed: mappings of its own tag, so they may be on any core. */
    void invalidateGuestPhysical(long gpa, long bytes) {
        for (Core each : vmTags.cores()) {
            counters.counts.addIf(Count.REMOTE_FLUSHES, each != core);
            each.forgetGuestPhysical(vmTag(), gpa, bytes);
            for (Vcpu sibling : siblings) {
                CacheTags its = sibling.caching().tags;
                each.happens(
                        InvalidationEvent.STAGE_2_CHANGE, its, new Operand(its, 0, 0, gpa, bytes),
                        vcpu.tables().format());
            }
        }
    }
}
