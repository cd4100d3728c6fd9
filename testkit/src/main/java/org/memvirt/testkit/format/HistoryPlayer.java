package org.memvirt.testkit.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.memvirt.testkit.trial.Addresses.assertThatAddress;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.Mapping;
import org.memvirt.api.table.MappingConflict;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;

/**
 * Plays histories on a table, on a plain map beside it, and on caches that lose only what the table says is stale. After each
 * single store of an edit, pages that it does not concern must still translate.
 */
final class HistoryPlayer {
    /** A page is split into 2^13 at most. */
    static final int MOST_PARTS_BITS = 13;

    /** Pages that are looked at after a store. */
    private static final int WATCHED = 3;

    private final FormatUnderTest tested;
    private final TableFixture fixture;
    private final TableModel model;
    private final CachedWalks cached;
    private final Walk watching = Walk.outer();
    private final ReadingPort reading;
    private final int watchEvery;
    private int stores;
    private long loadedRoot;
    private @Nullable Mapping concerned;
    // A page that was walked wrong while another was edited.
    private @Nullable Mapping spoilt;
    private String spoiltWalk = "";

    /** @param watchEvery of how many stores one is followed by a look at other pages */
    private HistoryPlayer(FormatUnderTest tested, int watchEvery) {
        this.tested = tested;
        this.watchEvery = watchEvery;
        fixture = new TableFixture(tested.format());
        model = new TableModel(tested.format().attributes());
        cached = new CachedWalks(tested.format());
        reading = new ReadingPort(fixture.port);
        loadedRoot = fixture.table.root();
        fixture.walk.recordsTables = true;
        fixture.memory().checkAfterStores(this::watch);
    }

    /** Plays a history on a new table, and releases that. */
    static void play(FormatUnderTest tested, List<Step> steps, int watchEvery) {
        HistoryPlayer player = new HistoryPlayer(tested, watchEvery);
        for (Step step : steps) {
            player.play(step);
            player.checkMemory();
        }
        player.end();
    }

    private void play(Step step) {
        switch (step) {
            case Step.Map map -> map(map);
            case Step.Unmap unmap -> {
                concerned = model.find(unmap.input());
                edited(fixture.table.unmap(unmap.input()), model.unmap(unmap.input()));
            }
            case Step.Protect protect -> {
                concerned = model.find(protect.input());
                Invalidation stale = fixture.table.protect(protect.input(), protect.rights());
                edited(stale, model.protect(protect.input(), tested.allowedWhenGiven(protect.rights())));
            }
            case Step.Mark mark -> mark(mark);
            case Step.Split split -> split(split);
            case Step.Access access -> access(access);
        }
        concerned = null;
        if (spoilt != null) {
            throw new AssertionError(
                    (isWalkedRight(spoilt) ? "in the middle of an edit of another page, " : "")
                            + "%s is walked to %s".formatted(spoilt, spoiltWalk));
        }
    }

    private void map(Step.Map map) {
        PageTable table = fixture.table;
        if (model.conflicts(map.input(), map.shift())) {
            assertThatExceptionOfType(MappingConflict.class)
                    .as("what comes of mapping what is mapped")
                    .isThrownBy(() -> table.map(
                            map.input(), map.output(), map.shift(), map.rights(), map.attributes()));
            return;
        }
        Invalidation stale = table.map(map.input(), map.output(), map.shift(), map.rights(), map.attributes());
        assertThat(stale.what()).as("nothing was mapped there").isNotEqualTo(Invalidation.Reach.LEAF);
        model.map(
                map.input(), map.output(), map.shift(), tested.allowedWhenGiven(map.rights()), map.attributes());
        obey(stale, map.input(), 1L << map.shift());
    }

    private void mark(Step.Mark mark) {
        Mapping before = model.find(mark.input());
        concerned = before;
        Invalidation stale = fixture.table.mark(mark.input(), mark.set(), mark.clear());
        model.mark(mark.input(), mark.set(), mark.clear());
        Mapping after = model.find(mark.input());
        boolean mayBeCached = before != null
                && after != null
                && (before.accessed() && !after.accessed() || before.dirty() != after.dirty());
        edited(stale, mayBeCached ? before : null);
    }

    private void split(Step.Split split) {
        Mapping page = model.find(split.input());
        if (page != null && page.pageShift() - split.shift() > MOST_PARTS_BITS) {
            return;
        }
        if (page != null && FormatUnderTest.hasFlagsByLeaf(tested.format(), page.pageShift())) {
            // Each part shall be accessed or dirty if any is.
            int flags = (page.accessed() ? PageTable.ACCESSED : 0) | (page.dirty() ? PageTable.DIRTY : 0);
            fixture.table.mark(split.input(), flags, 0);
        }
        edited(fixture.table.split(split.input(), split.shift()), model.split(split.input(), split.shift()));
    }

    /** Software does what an edit says that it must, and no page is then cached otherwise than it is. */
    private void edited(Invalidation stale, @Nullable Mapping changed) {
        if (changed == null) {
            assertThat(stale).as("what is stale after nothing has changed").isEqualTo(Invalidation.NOTHING);
            return;
        }
        assertThat(stale.what()).as("what is stale of %s", changed).isNotEqualTo(Invalidation.Reach.NOTHING);
        boolean whole = stale.what() == Invalidation.Reach.TABLES;
        assertThat(stale.address() == changed.inputAddress() && stale.bytes() == changed.bytes()
                || whole && changed.inputAddress() - stale.address() >= 0
                        && changed.inputAddress() + changed.bytes() - stale.address() <= stale.bytes())
                                .as("%s is stale: it should be %s", stale, changed)
                                .isTrue();
        obey(stale, changed.inputAddress(), changed.bytes());
    }

    private void obey(Invalidation stale, long from, long bytes) {
        long root = fixture.table.root();
        if (root != loadedRoot) {
            assertThat(stale.what())
                    .as("the root moved from %#x to %#x, and the edit says that what is stale is", loadedRoot, root)
                    .isEqualTo(Invalidation.Reach.TABLES);
            loadedRoot = root;
        }
        cached.invalidate(stale);
        String wrong = cached.staleIn(from, bytes, model);
        if (wrong != null) {
            throw new AssertionError("after an edit that calls stale %s, %s".formatted(stale, wrong));
        }
    }

    private void access(Step.Access access) {
        long address = access.address();
        Mapping expected = model.find(address);
        assertThat(fixture.table.find(address)).as("find %#x", address).isEqualTo(expected);
        Walk walk = fixture.walk;
        walk.start(loadedRoot, address, access.rights());
        cached.resume(walk);
        tested.format().walk(walk, fixture.port);
        Fault fault = faultOf(expected, access.rights());
        assertThat(walk.fault).as("%s of %s", walk, expected).isEqualTo(fault);
        if (fault == Fault.NONE && expected != null) {
            Mapping after = model.used(expected, access.rights());
            check(walk, expected, after);
            assertThat(fixture.table.find(address)).as("the page after %s", walk).isEqualTo(after);
            cached.learn(walk);
        }
    }

    private Fault faultOf(@Nullable Mapping page, int access) {
        if (page == null) {
            return Fault.NOT_PRESENT;
        }
        if (!page.accessed() && mustBeSetBySoftware(PageTable.ACCESSED)) {
            return Fault.ACCESS_FLAG;
        }
        boolean refused = !Rights.permit(page.allowed(), access)
                || (access & Rights.WRITE) != 0 && !page.dirty() && mustBeSetBySoftware(PageTable.DIRTY);
        return refused ? Fault.PERMISSION : Fault.NONE;
    }

    private void check(Walk walk, Mapping page, Mapping after) {
        long expected = page.translate(walk.inputAddress);
        assertThatAddress(walk.outputAddress)
                .as("%s: the output address, which should be %#x", walk, expected)
                .isEqualTo(expected);
        assertThat(walk.pageShift).as("offset bits of the page of %s", walk).isEqualTo(page.pageShift());
        assertThat(walk.stage1Shift).as("offset bits in stage 1 of %s", walk).isEqualTo(page.pageShift());
        assertThat(walk.global).as("whether %s is global, of %s", walk, page).isEqualTo(page.global());
        assertThat(mayAllow(after, walk.allowed))
                .as("%s allows what may be cached of %s", walk, after)
                .isTrue();
        assertThat(Rights.permit(walk.allowed, walk.access)).as("%s allows itself", walk).isTrue();
    }

    /** Whether a walk may find this to be allowed by the page. */
    private boolean mayAllow(Mapping page, int allowed) {
        int clean = page.allowed() & ~Rights.WRITE;
        boolean byLeaf = FormatUnderTest.hasFlagsByLeaf(tested.format(), page.pageShift());
        return page.dirty() ? allowed == page.allowed() || byLeaf && allowed == clean : allowed == clean;
    }

    private boolean mustBeSetBySoftware(int attribute) {
        return (tested.attributesOfUse() & attribute) != 0;
    }

    /** After a store of an edit: some of the pages that it does not concern. */
    private void watch() {
        if (++stores % watchEvery != 0) {
            return;
        }
        for (Mapping page : model.some(WATCHED, stores)) {
            if (spoilt == null && !page.equals(concerned) && !isWalkedRight(page)) {
                spoilt = page;
                spoiltWalk = watching.toString();
            }
        }
    }

    /** Whether a walk finds the end of a page, if hardware would let any but a write go on there. */
    private boolean isWalkedRight(Mapping page) {
        int right = Integer.lowestOneBit(page.allowed() & ~Rights.WRITE);
        if (right == 0 || faultOf(page, right) != Fault.NONE) {
            return true;
        }
        long last = page.inputAddress() + page.bytes() - 1;
        watching.start(fixture.table.root(), last, right);
        tested.format().walk(watching, reading);
        return watching.succeeded() && watching.outputAddress == page.translate(last);
    }

    private void checkMemory() {
        long bytes = fixture.table.bytes();
        long held = fixture.frames.bytes();
        assertThat(bytes).as("bytes that the table says it has, of memory that it holds").isEqualTo(held);
    }

    private void end() {
        assertThat(TableFixture.pages(fixture.table)).as("all pages").isEqualTo(model.pages());
        fixture.table.release();
        assertThat(fixture.frames.bytes()).as("bytes of tables not given back").isZero();
    }
}
