package org.memvirt.engine.count;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.memvirt.api.vmm.HostChange;

/**
 * The table of counts. A new one is one line here, and a call of {@link Counts#add(Count)} where what it counts happens.
 *
 * <p>A line says: the section and the key in results; the label in the report's table, empty where that does not show it; the
 * metric, with its labels in braces, empty for none; the unit; and the definition. What is measured in bytes is a level, as of
 * now, which the machine sets when it is asked; all others are events since counting began.
 */
public enum Count {
    GUEST_FAULTS(Section.FAULTS, "guest", "guest page faults", "faults{cause=guest,stage=1}", "faults",
            "Stage-1 faults that reached the guest kernel"),
    STAGE_TWO_FAULTS(Section.FAULTS, "stage2", "stage-2 faults", "faults{cause=stage2,stage=2}", "faults",
            "Faults of stage 2, or of a partition's bound, by accesses of workload and kernel alike"),
    HIDDEN_FAULTS(Section.FAULTS, "hidden", "hidden faults", "faults{cause=hidden,stage=1}", "faults",
            "Faults of the VMM's own table, where the guest's allows the access: mended without the guest's knowledge"),
    INJECTED_FAULTS(Section.FAULTS, "injected", "injected faults", "faults{cause=injected,stage=1}", "faults",
            "Those of the guest's faults that came through the VMM"),

    REFILLS(Section.HANDLERS, "refill", "handlers of kind refill", "refill.handlers{cause=refill}", "handlers",
            "Handlers that ran because no entry matched"),
    LOAD_FAULTS(Section.HANDLERS, "load", "handlers of kind load", "refill.handlers{cause=load}", "handlers",
            "Handlers that ran because a load or a fetch met an invalid page, or one that forbids it"),
    STORE_FAULTS(Section.HANDLERS, "store", "handlers of kind store", "refill.handlers{cause=store}", "handlers",
            "Handlers that ran because a store met an invalid page"),
    MODIFICATIONS(Section.HANDLERS, "modify", "handlers of kind modify", "refill.handlers{cause=modify}", "handlers",
            "Handlers that ran because a store met a page that was not dirty"),
    NESTED_HANDLERS(Section.HANDLERS, "nested", "handlers of kind nested", "refill.handlers{cause=nested}", "handlers",
            "Handlers that ran because the load of another one, from a linear page table, raised an exception"),

    HANDLER_INSTRUCTIONS(Section.REFILL, "instructions", "instructions of handlers", "refill.instructions",
            "instructions", "Instructions of the guest's handlers of TLB exceptions, their loads and stores included"),
    NESTED_INSTRUCTIONS(Section.REFILL, "nestedInstructions", "instructions of nested handlers",
            "refill.nested.instructions", "instructions",
            "Instructions of nested handlers, which another handler's load needed"),
    HANDLER_LOADS(Section.REFILL, "loads", "table entries loaded by handlers", "refill.loads", "loads",
            "Page-table entries that guest software loaded to fill the TLB"),
    NESTED_LOADS(Section.REFILL, "nestedLoads", "table entries loaded by nested handlers", "refill.nested.loads",
            "loads",
            "Page-table entries that nested handlers loaded"),
    HANDLER_STORES(Section.REFILL, "stores", "table entries stored by handlers", "refill.stores", "stores",
            "Page-table entries that guest software stored while it filled the TLB: accessed and dirty bits"),
    HANDLER_MISSES(Section.REFILL, "nestedMisses", "misses of handlers' own", "refill.misses", "misses",
            "Loads and stores of handlers that missed the TLB of the first stage themselves"),
    TLB_WRITES(Section.REFILL, "tlbWrites", "TLB entries written", "refill.writes", "writes",
            "TLB entries that guest software wrote, those of invalidations included"),
    HIDDEN_REFILLS(Section.REFILL, "hidden", "exceptions hidden from the guest", "refill.hidden", "hidden",
            "TLB exceptions that the VMM answered without the guest's knowledge"),

    CORE_ENTRIES(Section.SCHEDULING, "worldSwitches", "world switches", "world.switches", "entries",
            "Times that a vCPU entered a core"),
    ENTRY_FLUSHES(Section.SCHEDULING, "worldSwitchFlushes", "world switches that flushed", "world.switch.flushes",
            "entries",
            "Entries of a vCPU into a core that lost what was cached of the VM: for want of tags, or as it came from"
                    + " another core"),
    VM_TAG_ROLL_OVERS(Section.SCHEDULING, "vmTagRollOvers", "times that the VMs' tags ran out", "vm.tag.rollovers",
            "times", "Times that the tags of VMs ran out and began anew"),
    INTERRUPTS(Section.SCHEDULING, "interrupts", "interrupts between vCPUs", "interrupts", "interrupts",
            "Inter-processor interrupts that guests sent to have other vCPUs invalidate"),
    REMOTE_FLUSHES(Section.SCHEDULING, "remoteFlushes", "invalidations on other cores", "remote.flushes",
            "invalidations", "Invalidations that were carried out on another core than the vCPU's own"),

    SWITCHES(Section.GUEST, "switches", "address spaces loaded", "guest.switches", "loads",
            "Address spaces that the guest loaded to run a process"),
    SWITCH_FLUSHES(Section.GUEST, "switchFlushes", "loads that flushed", "guest.switch.flushes", "loads",
            "Loads of address spaces that flushed the tag"),
    TAG_ROLL_OVERS(Section.GUEST, "tagRollOvers", "roll-overs of tags", "guest.tag.rollovers", "times",
            "How often the guest's tags of address spaces began anew"),
    PAGE_FLUSHES(Section.GUEST, "pageFlushes", "pages flushed one by one", "guest.page.flushes", "pages",
            "Pages that the guest flushed one by one, each once however many CPUs it took"),
    SPACE_FLUSHES(Section.GUEST, "spaceFlushes", "address spaces flushed whole", "guest.space.flushes", "spaces",
            "Address spaces that the guest flushed as a whole, each once however many CPUs it took"),
    TABLES_FREED(Section.GUEST, "tablesFreed", "page tables taken back", "guest.tables.freed", "tables",
            "Page tables that the guest took back while their process lived"),
    LARGE_FAULTS(Section.GUEST, "largeFaults", "faults answered with a large page", "guest.large.faults", "faults",
            "Demand faults that the guest answered with more than its smallest page"),
    SPLITS(Section.GUEST, "splits", "large pages split", "guest.splits", "pages", "Large pages that the guest split"),
    COLLAPSES(Section.GUEST, "collapses", "large pages made of small ones", "guest.collapses", "pages",
            "Large pages that the guest's daemon made of smaller ones"),
    KILLS(Section.GUEST, "kills", "processes killed for memory", "guest.kills", "processes",
            "Processes that the guest killed because memory had run out"),
    ACCESSES_OF_KILLED(Section.GUEST, "accessesOfKilled", "accesses that those did not make",
            "guest.accesses.of.killed", "accesses", "Accesses that killed processes did not make any more"),

    GUEST_TABLES(Section.TABLES, "guestBytes", "the guest's page tables", "guest.table.bytes", Count.BYTES,
            "Page tables of the guest"),
    VMM_TABLES(Section.TABLES, "vmmBytes", "the VMM's page tables", "vmm.table.bytes", Count.BYTES,
            "Page tables of the VMM"),
    PEAK_VMM_TABLES(Section.TABLES, "peakVmmBytes", "", "", Count.BYTES,
            "The most that page tables of the VMM ever took"),

    GUEST_MEMORY(Section.MEMORY, "guestBytes", "guest memory handed out", "guest.memory.bytes", Count.BYTES,
            "Guest-physical memory handed out by the guest kernel"),
    HOST_MEMORY(Section.MEMORY, "hostBytes", "host memory behind it", "host.memory.bytes", Count.BYTES,
            "Host memory behind the guest"),

    HOST_INVALIDATIONS(Section.HOST, "invalidations", "invalidations for all that", "host.invalidations",
            "invalidations", "Invalidations that strategies asked for because the host changed a guest's memory"),
    SWAPPED_OUT(Section.HOST, "swappedOut", "granules swapped out", "host.swapped.out", "granules",
            "Granules taken away and kept"),
    SWAPPED_IN(Section.HOST, "swappedIn", "granules swapped in", "host.swapped.in", "granules",
            "Granules brought back"),
    SWAPPED_MEMORY(Section.HOST, "swappedBytes", "memory swapped out now", "host.swapped.bytes", Count.BYTES,
            "Guests' memory that is taken away and kept"),
    DISCARDED(Section.HOST, "discarded", "granules that guests gave", "host.discarded", "granules",
            "Granules taken away as the guest gave them"),
    BALLOONS(Section.HOST, "balloonBytes", "memory in balloons now", "host.balloon.bytes", Count.BYTES,
            "Guests' memory that their balloons have"),
    MERGED(Section.HOST, "merged", "granules merged", "host.merged", "granules",
            "Granules that were given the frame of another that holds the same"),
    COPIED(Section.HOST, "copied", "copied again for a store", "host.copied", "granules",
            "Granules given a frame of their own again because of a store"),
    SHARED_MEMORY(Section.HOST, "sharedBytes", "memory shared now", "host.shared.bytes", Count.BYTES,
            "Frames that several granules share"),
    MOVED(Section.HOST, "moved", "granules moved", "host.moved", "granules", "Granules moved to another frame"),
    DISSOLVED(Section.HOST, "dissolved", "large pieces dissolved", "host.dissolved", "pieces",
            "Large pieces, held and mapped whole, of which a part was needed"),
    COLLAPSED(Section.HOST, "collapsed", "large pieces made", "host.collapsed", "pieces",
            "Large pieces made of small ones"),
    COMPACTED(Section.HOST, "compacted", "large pieces cleared", "host.compacted", "pieces",
            "Large pieces of host memory cleared by moving what lay there"),
    FREE_MEMORY(Section.HOST, "freeBytes", "", "host.free.bytes", Count.BYTES, "Host memory that is free"),
    LARGEST_FREE(Section.HOST, "largestFree", "", "host.largest.free.bytes", Count.BYTES,
            "The largest free piece of host memory"),

    CHANGES_TO_AGE(Section.HOST_CHANGES, "age", "", "host.changes{reason=age}", "changes",
            "Accessed bits were cleared to learn what is used"),
    CHANGES_TO_CLEAN(Section.HOST_CHANGES, "clean", "", "host.changes{reason=clean}", "changes",
            "Dirty bits were cleared to learn what is stored to"),
    CHANGES_TO_JOIN(Section.HOST_CHANGES, "join", "", "host.changes{reason=join}", "changes",
            "Granules needed no pages of their own any more"),
    CHANGES_TO_PROTECT(Section.HOST_CHANGES, "protect", "", "host.changes{reason=protect}", "changes",
            "Stores were forbidden"),
    CHANGES_TO_REMAP(Section.HOST_CHANGES, "remap", "", "host.changes{reason=remap}", "changes",
            "The memory lay somewhere else afterwards"),
    CHANGES_TO_SPLIT(Section.HOST_CHANGES, "split", "", "host.changes{reason=split}", "changes",
            "Granules needed pages of their own"),
    CHANGES_TO_UNMAP(Section.HOST_CHANGES, "unmap", "", "host.changes{reason=unmap}", "changes",
            "The memory was taken away"),

    EMULATED(Section.INTERNAL, "", "", "", "accesses",
            "Accesses of the workload that the VMM carried out in the guest's place; each is among the accesses"),
    KERNEL_EMULATED(Section.INTERNAL, "", "", "", "accesses",
            "Accesses of the guest kernel that the VMM carried out in its place"),
    VMM_INVALIDATIONS(Section.INTERNAL, "", "", "", "invalidations",
            "Invalidations of what hardware caches that the VMM asked for");

    private static final String BYTES = "bytes";

    /** All of them. */
    public static final List<Count> ALL = List.of(values());

    private static final Map<HostChange, Count> OF_REASON = new EnumMap<>(HostChange.class);

    static {
        for (HostChange reason : HostChange.values()) {
            OF_REASON.put(reason, valueOf("CHANGES_TO_" + reason.name()));
        }
    }

    private final Section section;
    private final String key;
    private final String label;
    private final String metric;
    private final String unit;
    private final String definition;

    Count(Section section, String key, String label, String metric, String unit, String definition) {
        this.section = section;
        this.key = key;
        this.label = label;
        this.metric = metric;
        this.unit = unit;
        this.definition = definition;
    }

    /** All of a section, in the order of the table. */
    public static List<Count> of(Section section) {
        return ALL.stream().filter(count -> count.section == section).toList();
    }

    /** The count of the changes for a reason. */
    public static Count of(HostChange reason) {
        return Objects.requireNonNull(OF_REASON.get(reason));
    }

    public Section section() {
        return section;
    }

    /** In results, within the section. */
    public String key() {
        return key;
    }

    /** In the report's table; empty where that does not show it. */
    public String label() {
        return label;
    }

    /** The metric's name, dotted lower-case words; empty for none. */
    public String metric() {
        return metric.replaceFirst("\\{.*", "");
    }

    /** What tells its metric from others of the same name. */
    public Map<String, String> metricLabels() {
        Map<String, String> labels = new LinkedHashMap<>();
        int brace = metric.indexOf('{');
        if (brace >= 0) {
            for (String label : metric.substring(brace + 1, metric.length() - 1).split(",")) {
                String[] pair = label.split("=");
                labels.put(pair[0], pair[1]);
            }
        }
        return labels;
    }

    public String unit() {
        return unit;
    }

    /** Whether it is a level, in bytes; else it counts events. */
    public boolean isLevel() {
        return unit.equals(BYTES);
    }

    /** What it counts. */
    public String definition() {
        return definition;
    }
}
