package org.memvirt.runner.inspect;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.Regime;
import org.memvirt.api.image.LeafVisitor;
import org.memvirt.api.image.TableAnomaly;
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
import org.memvirt.runner.image.MemoryImage;
import org.memvirt.runner.usage.BadInput;

/**
 * The page tables of one regime in an image: what they translate an address to, and all that they map. With two stages
 * the output is the address below both, and pages are pieces of the smaller size.
 */
public final class Inspection {
    /** One stage's part: where its tables are, and what they map by themselves. */
    public record Stage(int number, TableRoot root, TableListing listing) {}

    /** An entry to an address this high is more likely one with a bit in it that is no part of the address. */
    private static final long IMPLAUSIBLE = 1L << 43;

    /** Machines with more memory have a part of it above 4 GiB. */
    private static final long HOLE = 3L << 30;

    private static final long ADDRESS_BITS = 0x000f_ffff_ffff_f000L;

    private final Regime regime;
    private final MemoryImage image;
    private final int access;
    private final TableImagePort port;
    private final List<Stage> stages = new ArrayList<>();
    private final @Nullable GuestImage guest;

    /**
     * @param access the {@link Rights} that a page must allow for an address in it to be translated; none, and rights do not
     *     stop a translation
     * @throws BadInput when there is no top table to read: the image does not hold it, or stage 2 does not map it
     */
    public Inspection(MemoryImage image, Regime regime, int access) {
        this.image = image;
        this.regime = regime;
        this.access = access;
        port = new TableImagePort(image);
        TableRoot below = regime.stageTwo();
        guest = below == null ? null : new GuestImage(below, image);
        if (below != null && guest != null) {
            Stage second = stage(2, below, image);
            guest.know(second.listing());
            stages.add(second);
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
            String refusal = from == guest ? guest.refusal() : "";
            throw new BadInput(
                    "%s: root %#x of %s: "
                            .formatted(image.name(), root.root(), root.format().name())
                            + (refusal.isEmpty()
                                    ? "%s; the image holds %s".formatted(e.getMessage(), image.extent())
                                    : "its top table cannot be read, for %s".formatted(refusal)),
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
     * Translates an address; {@link Walk#allowed} then is what all entries allow together, whatever the state of the dirty bit.
     * Where rights do not stop a translation, a fault is told as a read by the supervisor would get it.
     *
     * @param observer is told of the references
     * @throws BadInput when hardware would refuse the root
     */
    public Walk translate(long address, WalkObserver observer) {
        Walk walk = Walk.outer();
        WalkPort first = guest == null ? port : new UnmarkedPort(new StageTwoPort(stageTwo(), port));
        WalkPort loaded = regime.load(walk, first);
        if (!walk.succeeded()) {
            throw new BadInput("%s: the processor cannot load this root%s: %s"
                    .formatted(
                            image.name(),
                            walk.faultStage == org.memvirt.api.walk.Stage.STAGE_2 ? ", for stage 2 refuses" : "",
                            walk));
        }
        TableRoot root = regime.stageOne(address);
        walk.start(root.root(), address, Rights.NONE);
        root.format().walk(walk, loaded);
        int allowed = walk.succeeded() ? Effective.rights(root, walk, loaded) : 0;
        // Once more, for the observer and what was found first: the question of rights may have asked for a write.
        walk.trail.observe(observer);
        walk.start(root.root(), address, access);
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

    /** Why tables may not be what they were taken for, a sentence for each stage of which something says so. */
    List<String> doubts() {
        List<String> doubts = new ArrayList<>();
        for (Stage stage : stages) {
            if (stage.listing().leaves().values().stream().allMatch(count -> count == 0)) {
                doubts.add(
                        "the %s of %s at root %#x map nothing in this image: the root or the format may be another's%s%s"
                                .formatted(
                                        stages.size() == 1 ? "tables" : "tables of stage " + stage.number(),
                                        stage.root().format().name(),
                                        stage.root().root(),
                                        image.isPlaced()
                                                ? ""
                                                : ", or the file, which was taken as raw, may be none: it may have headers, or leave"
                                                        + " out the hole below 4 GiB (--memory-map)",
                                        encryption(stage)));
            } else if (!image.isPlaced() && image.bytes() > HOLE && isDamaged(stage)) {
                doubts.add(
                        "the file was taken as raw and has more than 3 GiB: it may leave out the hole below 4 GiB, so that"
                                + " tables are looked for in the wrong places (--memory-map 0=0+3G,4G=3G)");
            }
        }
        return doubts;
    }

    private static boolean isDamaged(Stage stage) {
        return stage.listing().anomalies().stream().anyMatch(one -> one.kind() != TableAnomaly.Kind.LOOP);
    }

    private static String encryption(Stage stage) {
        boolean known = stage.root().format().options().stream().anyMatch(option -> option.name().equals("cbit"));
        boolean high = stage.listing().anomalies().stream()
                .anyMatch(one -> one.kind() == TableAnomaly.Kind.MISSING_TABLE
                        && (one.entry() & ADDRESS_BITS) >= IMPLAUSIBLE);
        return known && high ? ", or its memory may be encrypted (SME, SEV): give the C-bit, as cbit=47" : "";
    }
}
