package org.memvirt.testkit.invalidation;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import org.memvirt.api.access.Rights;
import org.memvirt.api.invalidation.CacheTags;
import org.memvirt.api.invalidation.InvalidationTable;
import org.memvirt.api.radix.RadixFormat.AccessedUpdate;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.tlb.NestedTlbPreset;
import org.memvirt.api.tlb.Tlb;
import org.memvirt.api.tlb.TlbPreset;
import org.memvirt.api.tlb.WalkCachePreset;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.block.SetAssociativeTlb;
import org.memvirt.engine.cpu.Core;
import org.memvirt.engine.cpu.Spaces;
import org.memvirt.engine.memory.HostPort;
import org.memvirt.engine.memory.PhysicalMemory;
import org.memvirt.testkit.PlainFormat;
import org.memvirt.testkit.invalidation.Held.What;

/** The caches of one processor, with something of every kind in them under every combination of tags. */
public final class FilledCaches {
    public static final long ROOT_A = 0x1000;
    public static final long ROOT_B = 0x2000;

    /** In the same region of 2 MiB; small pages. */
    public static final long SMALL = 0x40_0000_0000L;

    public static final long NEIGHBOUR = SMALL + 0x5000;
    /** Small, with no table in common but the top one. */
    public static final long FAR = -1L << 46;

    public static final long LARGE = 0x41_4000_0000L;
    public static final long HUGE = 0x42_0000_0000L;
    /** A page of 2 MiB that is cached in pieces of 4 KiB. */
    public static final long SPLINTERED = 0x43_0020_0000L;

    public static final long GLOBAL_SMALL = 0x50_0000_0000L;
    public static final long GLOBAL_LARGE = 0x50_4020_0000L;
    public static final long GLOBAL_SPLINTERED = 0x50_8020_0000L;

    public static final long GUEST_SMALL = 0x7000;
    public static final long GUEST_LARGE = 0x20_0000;
    public static final long GUEST_FAR = 0x1_0000_0000L;

    /** Four levels of 9 bits over pages of 4 KiB. */
    public static final PageTableFormat FORMAT = new PlainFormat(4, 9, 8, true, AccessedUpdate.DESCENDING);

    private static final WalkCachePreset TABLES = new WalkCachePreset(
            "roomy",
            "for tests",
            "none",
            WalkCachePreset.Kind.PREFIX,
            List.of(
                    new WalkCachePreset.Array(1, 1, 400),
                    new WalkCachePreset.Array(2, 1, 400),
                    new WalkCachePreset.Array(3, 1, 400)));

    private static final int P4K = 12;
    private static final int P2M = 21;
    private static final int P1G = 30;

    /** All that was put in. */
    public final List<Held> all = new ArrayList<>();
    public final Core caches;
    private final Tlb tlb;
    private final Spaces spaces = new Spaces();
    private final Walk walk = Walk.outer();
    private final Walk inner = Walk.inner();

    public FilledCaches(InvalidationTable table) {
        TlbPreset.Array any =
                new TlbPreset.Array(List.of(P4K, P2M, P1G), 1, 400, TlbPreset.Replacement.LRU);
        tlb = new SetAssociativeTlb(
                new TlbPreset(
                        "roomy",
                        "for tests",
                        "none",
                        List.of(
                                new TlbPreset.Group("l1", 1, true, true, List.of(any)),
                                new TlbPreset.Group("l2", 2, true, true, List.of(any)))),
                1);
        caches = new Core(
                0,
                tlb,
                TABLES,
                new NestedTlbPreset("roomy", "for tests", "none", 1, 100),
                new HostPort(new PhysicalMemory(1 << 20)),
                spaces,
                table);
        caches.cacheStageTwoTables(TABLES, FORMAT);
        for (int vm = 0; vm < 3; vm++) {
            for (long root : new long[] {CacheTags.NO_STAGE_TWO, ROOT_A, ROOT_B}) {
                for (int asid = 0; asid < 3; asid++) {
                    fill(new CacheTags(vm, asid, root));
                }
                fillGlobal(new CacheTags(vm, 0, root));
                if (root != CacheTags.NO_STAGE_TWO) {
                    fillGuestPhysical(new CacheTags(vm, 0, root));
                }
            }
        }
    }

    private void fill(CacheTags tags) {
        page(What.PAGE, tags, SMALL, P4K, SMALL, P4K);
        page(What.PAGE, tags, NEIGHBOUR, P4K, NEIGHBOUR, P4K);
        page(What.PAGE, tags, FAR, P4K, FAR, P4K);
        page(What.PAGE, tags, LARGE, P2M, LARGE, P2M);
        page(What.PAGE, tags, HUGE, P1G, HUGE, P1G);
        page(What.PAGE, tags, SPLINTERED, P2M, SPLINTERED, P4K);
        page(What.PAGE, tags, SPLINTERED, P2M, SPLINTERED + 0x3000, P4K);
        page(What.PAGE, tags, SPLINTERED, P2M, SPLINTERED + 0x1f_f000, P4K);
        for (long address : new long[] {SMALL, FAR, SPLINTERED}) {
            tables(tags, address);
        }
    }

    private void fillGlobal(CacheTags tags) {
        page(What.GLOBAL_PAGE, tags, GLOBAL_SMALL, P4K, GLOBAL_SMALL, P4K);
        page(What.GLOBAL_PAGE, tags, GLOBAL_LARGE, P2M, GLOBAL_LARGE, P2M);
        page(What.GLOBAL_PAGE, tags, GLOBAL_SPLINTERED, P2M, GLOBAL_SPLINTERED + 0x1000, P4K);
        page(What.GLOBAL_PAGE, tags, GLOBAL_SPLINTERED, P2M, GLOBAL_SPLINTERED + 0x1f_0000, P4K);
    }

    private void page(What what, CacheTags tags, long first, int shift, long piece, int keptShift) {
        int space = spaces.space(tags);
        int owner = spaces.owner(tags);
        tlb.select(owner, space);
        walk.start(0, piece, Rights.USER_READ);
        walk.outputAddress = piece & 0xff_ffff_ffffL;
        walk.stage1Shift = shift;
        walk.pageShift = keptShift;
        walk.allowed = Rights.READ;
        walk.global = what == What.GLOBAL_PAGE;
        tlb.insert(walk, Rights.USER_READ);
        caches.noteInserted(walk, space, owner);
        all.add(new Held(what, tags, first, 1L << shift, piece, keptShift, 0));
    }

    /** The tables on the way to a small page. */
    private void tables(CacheTags tags, long address) {
        walk.start(0, address, Rights.USER_READ);
        for (int level = FORMAT.levels(); level >= 1; level--) {
            walk.visitTable(level, (long) level << 12, 4096, 0, -1, walk.trail.uncached());
            if (level < FORMAT.levels()) {
                int cover = FORMAT.coverShift(level);
                long away = level == 1 ? 0 : 5L << FORMAT.coverShift(level - 1);
                all.add(new Held(What.TABLE, tags, address & -1L << cover, 1L << cover, address + away, cover, level));
            }
        }
        requireNonNull(caches.prefix()).learn(walk, FORMAT, spaces.space(tags));
    }

    private void fillGuestPhysical(CacheTags tags) {
        guestPage(tags, GUEST_SMALL, P4K);
        guestPage(tags, GUEST_LARGE, P2M);
        guestPage(tags, GUEST_FAR, P4K);
        guestTables(tags, GUEST_SMALL);
        guestTables(tags, GUEST_FAR);
    }

    /** The tables on the way to a gPA. */
    private void guestTables(CacheTags tags, long gpa) {
        walk.start(0, 0, Rights.USER_READ);
        inner.startInside(walk, 0, 0, gpa, Rights.USER_READ);
        for (int level = FORMAT.levels(); level >= 1; level--) {
            inner.visitTable(level, (long) level << 12, 4096, 0, -1, walk.trail.uncached());
            if (level < FORMAT.levels()) {
                int cover = FORMAT.coverShift(level);
                long away = level == 1 ? 0 : 5L << FORMAT.coverShift(level - 1);
                all.add(new Held(What.GUEST_PHYSICAL_TABLE, tags, gpa & -1L << cover, 1L << cover, gpa + away, cover,
                        level));
            }
        }
        requireNonNull(caches.stageTwoTables()).learn(spaces.owner(tags), inner);
    }

    private void guestPage(CacheTags tags, long gpa, int shift) {
        walk.start(0, 0, Rights.USER_READ);
        inner.startInside(walk, 0, 0, gpa, Rights.USER_READ);
        inner.outputAddress = gpa;
        inner.pageShift = shift;
        inner.allowed = Rights.ALL;
        requireNonNull(caches.nested()).insert(spaces.owner(tags), inner);
        all.add(new Held(What.GUEST_PHYSICAL_PAGE, tags, gpa, 1L << shift, gpa, shift, 0));
    }

    /** Whether it is still cached. */
    public boolean has(Held held) {
        int space = spaces.space(held.tags());
        int owner = spaces.owner(held.tags());
        switch (held.what()) {
            case TABLE -> {
                walk.start(0, held.probe(), Rights.USER_READ);
                requireNonNull(caches.prefix()).resume(walk, FORMAT, space);
                return walk.resumeLevel == held.level();
            }
            case GUEST_PHYSICAL_TABLE -> {
                walk.start(0, 0, Rights.USER_READ);
                inner.startInside(walk, 0, 0, held.probe(), Rights.USER_READ);
                requireNonNull(caches.stageTwoTables()).resume(owner, inner);
                return inner.resumeLevel == held.level();
            }
            case GUEST_PHYSICAL_PAGE -> {
                walk.start(0, 0, Rights.USER_READ);
                inner.startInside(walk, 0, 0, held.probe(), Rights.USER_READ);
                return requireNonNull(caches.nested()).find(owner, inner);
            }
            default -> {
                tlb.select(owner, space);
                return tlb.probe(held.probe(), Rights.USER_READ, walk);
            }
        }
    }
}
