package org.memvirt.runner.inspect;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.Regime;
import org.memvirt.api.image.LeafVisitor;
import org.memvirt.api.image.TableImage;
import org.memvirt.api.image.TableListing;
import org.memvirt.api.table.StageTwoPort;
import org.memvirt.api.table.TableRoot;
import org.memvirt.api.table.Unpaged;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkObserver;
import org.memvirt.api.walk.WalkPort;
import org.memvirt.engine.memory.TableImagePort;
import org.memvirt.runner.usage.BadInput;

/**
 * The page tables of one regime in an image: what they translate an address to, and all that they map. With two stages
 * the output is the address below both, and pages are pieces of the smaller size.
 */
public final class Inspection {
    /** One stage's part: where its tables are, and what they map by themselves. */
    public record Stage(int number, TableRoot root, TableListing listing) {}

    private final String name;
    private final String extent;
    private final Regime regime;
    private final TableImage image;
    private final TableImagePort port;
    private final List<Stage> stages = new ArrayList<>();
    private final @Nullable GuestImage guest;

    /**
     * @param name of the image, for messages
     * @param extent what the image holds, for messages
     * @throws BadInput when the image does not hold a top table
     */
    public Inspection(String name, String extent, Regime regime, TableImage image) {
        this.name = name;
        this.extent = extent;
        this.regime = regime;
        this.image = image;
        port = new TableImagePort(image);
        TableRoot below = regime.stageTwo();
        guest = below == null ? null : new GuestImage(below, image);
        if (below != null) {
            stages.add(stage(2, below, image));
        }
        for (TableRoot root : regime.stageOne()) {
            if (!(root.format() instanceof Unpaged)) {
                stages.add(stage(1, root, guest == null ? image : guest));
            }
        }
    }

    private Stage stage(int number, TableRoot root, TableImage from) {
        try {
            return new Stage(number, root, root.format().list(from, root.root()));
        } catch (IllegalArgumentException e) {
            throw new BadInput(
                    "%s: root %#x of %s: %s; the image holds %s"
                            .formatted(name, root.root(), root.format().name(), e.getMessage(), extent),
                    e);
        }
    }

    /** The stages whose tables were read, the second first. */
    public List<Stage> stages() {
        return List.copyOf(stages);
    }

    /** What translates addresses here. */
    public Regime regime() {
        return regime;
    }

    /** Where the entry lies that a translation which ended for this did not find. */
    public long missing() {
        return port.missing();
    }

    /**
     * Translates an address whatever the access: a walk for no right, whose {@link Walk#allowed} then is what all entries
     * allow together, whatever the state of the dirty bit. A fault is told as a read by the supervisor would get it.
     *
     * @param observer is told of the references
     * @throws BadInput when hardware would refuse the root
     */
    public Walk translate(long address, WalkObserver observer) {
        Walk walk = Walk.outer();
        WalkPort first = guest == null ? port : new UnmarkedPort(new StageTwoPort(stageTwo(), port));
        WalkPort loaded = regime.load(walk, first);
        if (!walk.succeeded()) {
            throw new BadInput("%s: the processor refuses this root: %s".formatted(name, walk));
        }
        TableRoot root = regime.stageOne(address);
        walk.start(root.root(), address, Rights.NONE);
        root.format().walk(walk, loaded);
        int allowed = walk.succeeded() ? Effective.rights(root, walk, loaded) : 0;
        // Once more, for the observer and what was found first: the question of rights may have asked for a write.
        walk.trail.observe(observer);
        walk.start(root.root(), address, Rights.NONE);
        root.format().walk(walk, loaded);
        walk.allowed = allowed;
        if (walk.fault != Fault.NONE && walk.faultAccess == Rights.NONE) {
            walk.faultAccess = Rights.SUPERVISOR_READ;
        }
        return walk;
    }

    private TableRoot stageTwo() {
        TableRoot below = regime.stageTwo();
        if (below == null) {
            throw new IllegalStateException("there is one stage");
        }
        return below;
    }

    /**
     * Tells of each page, of both stages together.
     *
     * @return whether the visitor wanted all
     */
    public boolean forEach(LeafVisitor visitor) {
        boolean unpaged = stages.stream().noneMatch(stage -> stage.number() == 1);
        LeafVisitor told = guest == null || unpaged ? visitor : new SplitPages(guest, visitor);
        for (Stage stage : stages) {
            if ((stage.number() == 1 || unpaged) && !stage.listing().forEach(told)) {
                return false;
            }
        }
        return true;
    }

    /**
     * How many pages there are of each size, by their offset bits; {@link Long#MAX_VALUE} stands for that many and more.
     * Those of stage 1, when there are two: as many as its own table maps.
     */
    public SortedMap<Integer, Long> pages() {
        SortedMap<Integer, Long> sum = new TreeMap<>();
        for (Stage stage : stages) {
            if (stage.number() == 1 || stages.size() == 1) {
                stage.listing().leaves().forEach((shift, count) -> sum.merge(shift, count, Inspection::saturatingSum));
            }
        }
        return sum;
    }

    static long saturatingSum(long a, long b) {
        return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
    }

    /** The tables of all stages. */
    public long tables() {
        return stages.stream().mapToLong(stage -> stage.listing().tables()).sum();
    }

    /** The memory that they take, in bytes. */
    public long tableBytes() {
        return stages.stream().mapToLong(stage -> stage.listing().bytes()).sum();
    }

    /** Whether the image holds the memory at this output address, or else it is a device's, or was left out. */
    public boolean holds(long outputAddress) {
        return image.holds(outputAddress & -Long.BYTES, Long.BYTES);
    }
}
