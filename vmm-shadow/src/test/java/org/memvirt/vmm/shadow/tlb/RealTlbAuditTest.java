package org.memvirt.vmm.shadow.tlb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.memvirt.vmm.shadow.tlb.TrappedGuest.EVERYTHING;
import static org.memvirt.vmm.shadow.tlb.TrappedGuest.PAGE;

import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.SoftwareTlb.Entry;
import org.memvirt.api.tlb.SoftwareTlb.Miss;

/** What an audit finds in hardware's TLB. */
final class RealTlbAuditTest {
    private static final long VA = 64 * PAGE;
    private static final long GPA = 1 << 20;
    private static final int READ_ONLY = Rights.READ | Rights.EXECUTE;

    private TrappedGuest guest = new TrappedGuest(0, true);

    /** Writes an entry of the guest's, and makes an access there. */
    private void use(int index, Entry entry) {
        guest.tlb.write(index, entry);
        assertThat(guest.access(entry.address + (entry.even.valid ? 0 : 1L << entry.pageShift), Rights.USER_READ))
                .isEqualTo(Miss.NONE);
    }

    private void damage(Consumer<Entry> how) {
        int index = guest.hardware.probe(VA, guest.hardware.tag());
        Entry entry = guest.hardwareEntry(VA);
        how.accept(entry);
        guest.hardware.write(index, entry);
    }

    @Test
    void anAuditFindsWhatLeadsElsewhere() {
        for (boolean odd : new boolean[] {false, true}) {
            Entry both = guest.pair(VA, GPA, GPA + 16 * PAGE, EVERYTHING);
            guest = new TrappedGuest(0, true);
            use(0, both);
            assertThat(guest.tlb.audit()).isEmpty();
            damage(entry -> (odd ? entry.odd : entry.even).output += PAGE);
            assertThat(guest.tlb.audit()).singleElement().asString()
                    .startsWith("hardware leads %#x to hPA".formatted(odd ? VA + PAGE : VA))
                    .contains("but gPA %#x lies at".formatted(odd ? GPA + 16 * PAGE : GPA));
            damage(entry -> (odd ? entry.odd : entry.even).valid = false);
            assertThat(guest.tlb.audit()).isEmpty();
        }
    }

    @Test
    void anAuditFindsWhatTheHostForbids() {
        use(0, guest.entry(VA, GPA, EVERYTHING));
        guest.memory.allowed.put(GPA, READ_ONLY);
        assertThat(guest.tlb.audit()).singleElement().asString()
                .isEqualTo("hardware allows rwxrwx at 0x40000, where the host allows r-xr-x");
        guest.tlb.hostChanges(GPA, PAGE);
        assertThat(guest.tlb.audit()).isEmpty();
    }

    @Test
    void anAuditFindsWhatNoEntryOfTheGuestsExplains() {
        Entry entry = guest.entry(VA, GPA, EVERYTHING);
        use(0, entry);
        guest.tlb.entries.at(0).even.output += PAGE;
        String message =
                "hardware leads 0x40000 of the guest's tag 0 to gPA 0x100000, and no entry of the guest's does";
        assertThat(guest.tlb.audit()).containsExactly(message);
        guest.tlb.entries.at(0).set(entry);
        assertThat(guest.tlb.audit()).isEmpty();
        guest.tlb.entries.at(0).even.valid = false;
        assertThat(guest.tlb.audit()).containsExactly(message);
        guest.tlb.entries.at(0).present = false;
        assertThat(guest.tlb.audit()).containsExactly(message);
        while (guest.tags.generation() == 1) {
            guest.tags.take();
        }
        assertThat(guest.tlb.audit()).as("of a tag that is another's by now").isEmpty();
    }
}
