package org.memvirt.x86;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.StageTwoPort;
import org.memvirt.api.table.TableRoot;
import org.memvirt.api.table.Unpaged;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Stage;
import org.memvirt.api.walk.Walk;

/**
 * Mode-based execute control: whether bit 2 or bit 10 of an EPT entry decides is a matter of the page that stage 1 maps, the
 * supervisor's or the user's, and not of who fetches. SDM, "EPT Translation Mechanism".
 */
class ModeBasedExecuteTest {
    private static final int SUPERVISOR_PAGES = Rights.READ | Rights.WRITE | Rights.SUPERVISOR_EXECUTE;
    private static final int USER_PAGES = Rights.READ | Rights.WRITE | Rights.USER_EXECUTE;

    private static Walk fetch(String options, PageTableFormat guest, OneMapping mapping, int eptRights, int access) {
        PageTableFormat ept = OneMapping.format("ept", options);
        PageTable stageTwo = ept.create(mapping.memory, mapping.memory);
        stageTwo.map(0, 0, 21, Rights.ALL, 0);
        long page = mapping.output & -1L << 21;
        stageTwo.map(page, page, 21, eptRights, 0);
        StageTwoPort port = new StageTwoPort(new TableRoot(ept, stageTwo.root()), mapping.memory);
        boolean paged = guest == mapping.format;
        mapping.walk.start(mapping.table.root(), paged ? mapping.input : mapping.output, access);
        guest.walk(mapping.walk, port);
        return mapping.walk;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # page is   | fetch is            | EPT executes | allowed
            user        | user-execute        | user         | yes
            user        | supervisor-execute  | user         | yes
            user        | user-execute        | supervisor   | no
            user        | supervisor-execute  | supervisor   | no
            supervisor  | supervisor-execute  | supervisor   | yes
            supervisor  | supervisor-execute  | user         | no
            user        | user-read           | supervisor   | yes
            supervisor  | supervisor-write    | user         | yes
            """)
    void thePageDecides(String page, String access, String executes, String allowed) {
        OneMapping mapping = new OneMapping("x86-64", "", 12);
        mapping.bend(1, page.equals("user") ? 0 : EntryBits.USER, 0);
        int rights = executes.equals("user") ? USER_PAGES : SUPERVISOR_PAGES;
        Walk walk = fetch("mbec=on", mapping.format, mapping, rights, OneMapping.rights(access));
        if (allowed.equals("yes")) {
            assertThat(walk.fault).isEqualTo(Fault.NONE);
            boolean kept = page.equals(executes);
            assertThat((walk.allowed & Rights.EXECUTE) != 0).as("what a TLB keeps").isEqualTo(kept);
        } else {
            assertThat(walk.fault).isEqualTo(Fault.PERMISSION);
            assertThat(walk.faultStage).isEqualTo(Stage.STAGE_2);
            assertThat(OneMapping.X86.encode(walk).fields().get("qualification") & 7).isEqualTo(4);
        }
    }

    @ParameterizedTest
    @CsvSource({"user, true", "supervisor, false"})
    void withPagingOffEveryAddressIsTheUsers(String executes, boolean allowed) {
        OneMapping mapping = new OneMapping("x86-64", "", 12);
        int rights = executes.equals("user") ? USER_PAGES : SUPERVISOR_PAGES;
        Walk walk = fetch("mbec=on", new Unpaged(48), mapping, rights, Rights.SUPERVISOR_EXECUTE);
        assertThat(walk.succeeded()).isEqualTo(allowed);
    }

    /** SMEP lets the supervisor fetch from no user page: what EPT says of user pages then counts for the user alone. */
    @ParameterizedTest
    @CsvSource({"user-execute, NONE", "supervisor-execute, PERMISSION"})
    void smepComesFirst(String access, Fault fault) {
        OneMapping mapping = new OneMapping("x86-64", "smep=on", 12);
        Walk walk = fetch("mbec=on", mapping.format, mapping, USER_PAGES, OneMapping.rights(access));
        assertThat(walk.fault).isEqualTo(fault);
        assertThat(walk.faultStage).isEqualTo(Stage.STAGE_1);
    }

    @ParameterizedTest
    @CsvSource({"user-execute", "supervisor-execute"})
    void withoutTheControlOneBitServesBoth(String access) {
        OneMapping mapping = new OneMapping("x86-64", "", 12);
        Walk walk = fetch("", mapping.format, mapping, Rights.READ | Rights.EXECUTE, OneMapping.rights(access));
        assertThat(walk.succeeded()).isTrue();
        assertThat(OneMapping.format("ept", "").executesByPage()).isFalse();
    }
}
