package org.memvirt.vmm.shadow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.memvirt.vmm.shadow.ScriptedGuest.FREE;
import static org.memvirt.vmm.shadow.ScriptedGuest.PAGE;

import java.util.Map;
import java.util.Objects;
import org.assertj.core.api.AbstractStringAssert;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTable;

/** Damage that a test does to the VMM's tables or to what it remembers of them: an audit finds each kind. */
final class ShadowAuditTest {
    private static final long VA = 1L << 39;
    private static final long GPA = FREE;
    private static final int READ_ONLY = Rights.READ | Rights.EXECUTE;

    private ScriptedGuest guest = start(Map.of());

    private ScriptedGuest start(Map<String, String> options) {
        guest = new ScriptedGuest(options);
        guest.map(VA, GPA);
        guest.map(VA + PAGE, GPA + PAGE);
        guest.reach(VA, Rights.USER_WRITE);
        guest.reach(VA + PAGE, Rights.USER_WRITE);
        assertThat(guest.vm.audit()).isEmpty();
        return guest;
    }

    private ShadowEntry entry(long address) {
        return Objects.requireNonNull(guest.shadow().at(address));
    }

    private ShadowTables tables() {
        return guest.vm.tables();
    }

    private GuestTable leafTable() {
        return Objects.requireNonNull(entry(VA).origin).table;
    }

    private AbstractStringAssert<?> found() {
        return assertThat(String.join("\n", guest.vm.audit()));
    }

    private String named(long address) {
        return "the shadow entry of 2^12 bytes at %#x, gPA %#x".formatted(address, address - VA + GPA);
    }

    // Leaves.

    @Test
    void aLeafThatIsGoneIsMissed() {
        guest.shadow().table.unmap(VA);
        found().contains("has 1 leaves, but the VMM remembers 2");
    }

    @Test
    void aLeafThatNobodyRemembersIsFound() {
        guest.shadow().table.map(VA + 2 * PAGE, guest.host(GPA), 12, Rights.ALL, PageTable.ACCESSED | PageTable.DIRTY);
        found().contains("but the VMM remembers null").contains("has 3 leaves, but the VMM remembers 2");
    }

    @Test
    void aLeafThatLeadsElsewhereIsFound() {
        guest.shadow().table.unmap(VA);
        guest.shadow().table.map(VA, guest.host(GPA + PAGE), 12, Rights.ALL, PageTable.ACCESSED | PageTable.DIRTY);
        found().contains("but the VMM remembers " + named(VA)).doesNotContain("leaves");
    }

    @Test
    void aLeafThatAllowsSomethingElseIsFound() {
        guest.shadow().table.protect(VA, READ_ONLY);
        found().contains("but the VMM remembers " + named(VA));
    }

    @Test
    void aLeafThatShouldBeHiddenIsFound() {
        entry(VA).hidden = true;
        found().contains("but the VMM remembers " + named(VA)).contains("has 2 leaves, but the VMM remembers 1");
    }

    @Test
    void tablesThatAreNotCountedAreFound() {
        guest.shadow().table.map(
                VA + (1L << 40), guest.host(GPA), 12, Rights.ALL, PageTable.ACCESSED | PageTable.DIRTY);
        found().contains("shadow tables take %d bytes, but %d are counted".formatted(7 * PAGE, 4 * PAGE));
    }

    @Test
    void pagesThatAreCountedWrongAreFound() {
        long pages = guest.vm.counts().pages++;
        found().isEqualTo("shadows consist of %d tables, but %d are counted".formatted(pages, pages + 1));
    }

    // What entries lead to.

    @Test
    void anEntryThatIsNotKnownByItsMemoryIsFound() {
        tables().reverseMap().remove(entry(VA));
        found().contains(named(VA) + " is not known by what it leads to")
                .contains("entries, but %d are known".formatted(tables().reverseMap().size()));
    }

    @Test
    void anEntryThatIsOnlyKnownByItsMemoryIsFound() {
        ShadowEntry known = entry(VA);
        tables().reverseMap().add(new ShadowEntry(
                known.table, VA + 8 * PAGE, GPA, 12, 12, Rights.ALL, Rights.ALL, null));
        found().contains("entries, but %d are known".formatted(tables().reverseMap().size()));
    }

    @Test
    void anEntryThatGrantsMoreThanTheHostIsFound() {
        ShadowEntry beyond = tables().map(
                guest.shadow(), VA + 8 * PAGE, GPA, 12, 12, Rights.ALL, Rights.ALL, false, null);
        ShadowEntry moved = new ShadowEntry(
                beyond.table, VA + 16 * PAGE, GPA, 21, 21, Rights.ALL, Rights.ALL, null);
        beyond.table.add(moved);
        found().contains(
                "the shadow entry of 2^21 bytes at %#x".formatted(VA + 16 * PAGE) + ", gPA %#x grants rwxrwx, but"
                        .formatted(GPA));
    }

    @Test
    void anEntryByWhichATableMayBeWrittenIsFound() {
        long table = leafTable().gpa;
        guest.map(VA + 2 * PAGE, table);
        guest.reach(VA + 2 * PAGE, Rights.USER_READ);
        ShadowEntry alias = entry(VA + 2 * PAGE);
        assertThat(guest.vm.audit()).isEmpty();
        alias.grant(alias.granted() | Rights.WRITE);
        found().contains("may be written, but a table is protected at gPA %#x".formatted(table));
    }

    // What the guest's own table says.

    @Test
    void anEntryThatTheGuestsTableHasNotIsFound() {
        tables().map(guest.shadow(), VA + 8 * PAGE, GPA, 12, 12, Rights.ALL, Rights.ALL, false, null);
        found().contains("at %#x, gPA %#x grants rwxrwx, but the guest's table says".formatted(VA + 8 * PAGE, GPA));
    }

    @Test
    void anEntryThatLeadsElsewhereThanTheGuestsIsFound() {
        tables().zap(entry(VA));
        tables().map(guest.shadow(), VA, GPA + PAGE, 12, 12, Rights.ALL, Rights.ALL, false, null);
        found().contains("at %#x, gPA %#x grants rwxrwx, but the guest's table says".formatted(VA, GPA + PAGE));
    }

    @Test
    void anEntryOfAnotherSizeThanTheGuestsIsFound() {
        tables().zap(entry(VA));
        tables().map(guest.shadow(), VA, GPA, 12, 21, Rights.ALL, Rights.ALL, false, null);
        found().contains("but the guest's table says");
    }

    @Test
    void anEntryThatGrantsMoreThanTheGuestsIsFound() {
        guest.table.map(VA + 2 * PAGE, GPA + 2 * PAGE, 12, READ_ONLY, 0);
        guest.reach(VA + 2 * PAGE, Rights.USER_READ);
        assertThat(guest.vm.audit()).isEmpty();
        tables().change(entry(VA + 2 * PAGE), Rights.ALL, Rights.ALL);
        found().isEqualTo(named(VA + 2 * PAGE) + " grants rwxrwx, but the guest's table says "
                + found(VA + 2 * PAGE));
    }

    /** What the guest's table says of an address, as a walk tells it. */
    private String found(long address) {
        String all = String.join("", guest.vm.audit());
        assertThat(all).contains("%#x".formatted(address));
        return all.substring(all.indexOf("says ") + 5);
    }

    @Test
    void whileTablesMayBeOutOfStepThereIsNothingToCompare() {
        start(Map.of("sync", "unsync"));
        long leaf = guest.leafOf(VA);
        guest.vcpu.access().store(leaf, 0);
        assertThat(guest.vm.audit()).isEmpty();
        leafTable().outOfStep = false;
        tables().guestTables().syncAll();
        found().contains(named(VA) + " grants rwxrwx, but the guest's table says").contains("NOT_PRESENT");
    }

    // Views.

    @Test
    void anEntryThatAllowsMoreThanItsViewIsFound() {
        start(Map.of("separation", "two-tables"));
        ShadowEntry entry = entry(VA);
        entry.grant(Rights.SUPERVISOR);
        found().contains(named(VA));
    }

    @Test
    void aPageForOthersThatIsLinkedIsFound() {
        start(Map.of("sharing", "on", "separation", "rewrite"));
        ShadowTable page = entry(VA).table;
        page.turn(View.KERNEL);
        found().contains("is for KERNEL, but is linked by one that is for PROGRAM")
                .contains("the shadow page for %#x of the guest's table at gPA".formatted(VA));
    }

    // Users, tags.

    @Test
    void usersThatAreCountedWrongAreFound() {
        guest.shadow().users++;
        found().isEqualTo("the shadow of root %#x is loaded by 1 vCPUs, but 2 are counted"
                .formatted(guest.table.root()));
    }

    @Test
    void anEmptyTableThatNobodyHasLoadedIsFound() {
        ShadowTable made = tables().load(
                Role.ofRoot(guest.shadow().role.guestFormat(), 0, FREE, 0), guest.shadow().format, View.BOTH);
        made.users = 0;
        found().isEqualTo("the shadow of root %#x is empty and not loaded, but was not given back".formatted(FREE));
    }

    @Test
    void twoTablesWithOneTagAreFound() {
        start(Map.of("tags", "4"));
        PageTable second = guest.another();
        second.map(VA, GPA, 12, Rights.ALL, 0);
        ShadowTable first = guest.shadow();
        guest.load(second);
        guest.reach(VA, Rights.USER_READ);
        assertThat(guest.vm.audit()).isEmpty();
        guest.shadow().ticket = first.ticket;
        found().contains("have the tags of others").contains("%#x".formatted(second.root()));
    }

    // Links.

    @Test
    void aPageThatIsLoadedItselfIsFound() {
        start(Map.of("sharing", "on"));
        entry(VA).table.users = 1;
        found().contains("is empty, not linked, or loaded itself");
    }

    @Test
    void aPageThatNothingIsInOrNobodyLinksIsFound() {
        start(Map.of("sharing", "on"));
        ShadowTable page = entry(VA).table;
        ShadowLink link = page.parents().iterator().next();
        page.parents().remove(link);
        found().contains("is empty, not linked, or loaded itself")
                .contains("the link of the shadow")
                .contains("is not known at both ends, or was built from what is forgotten");
    }

    @Test
    void anEmptyPageIsFound() {
        start(Map.of("sharing", "on"));
        ShadowTable page = entry(VA).table;
        page.entries().clear();
        found().contains("is empty, not linked, or loaded itself");
    }

    @Test
    void aLinkThatWasBuiltFromWhatIsForgottenIsFound() {
        start(Map.of("sharing", "on"));
        GuestEntry origin = Objects.requireNonNull(entry(VA).table.parents().iterator().next().origin);
        origin.table.remove(origin);
        found().contains("is not known at both ends, or was built from what is forgotten");
    }

    // What was built from what.

    @Test
    void anEntryThatWasBuiltFromWhatIsForgottenIsFound() {
        GuestEntry origin = Objects.requireNonNull(entry(VA).origin);
        origin.table.remove(origin);
        found().isEqualTo("%s was built from the guest's table entry at gPA %#x, which is forgotten"
                .formatted(named(VA), origin.address));
    }

    @Test
    void anEntryOfWhichNothingIsBuiltIsFound() {
        GuestEntry made = leafTable().make(leafTable().gpa + 2048, 8);
        found().isEqualTo("nothing is built from the guest's table entry at gPA %#x, but it is remembered"
                .formatted(made.address));
    }

    @Test
    void aTableThatIsTakenForOneOfLeavesIsFound() {
        leafTable().countLeading(1);
        found().isEqualTo("the guest's table at gPA %#x is wrong about whether it holds leaves alone"
                .formatted(leafTable().gpa));
    }

    @Test
    void aTableOfWhichNothingIsBuiltIsFound() {
        GuestTable table = leafTable();
        table.entries().forEach(table::remove);
        found().contains(
                "the guest's table at gPA %#x is protected, but nothing is built from it".formatted(table.gpa));
    }
}
