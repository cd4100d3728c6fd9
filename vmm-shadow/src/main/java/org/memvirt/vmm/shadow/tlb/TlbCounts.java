package org.memvirt.vmm.shadow.tlb;

import java.util.List;
import org.memvirt.api.vmm.VmmCounter;

/** What the VMM of one VM has done to the TLBs of its guest and of hardware. */
final class TlbCounts {
    long delivered;
    long fromGuestTlb;
    long fromLargerTlb;
    long ofKernelSegment;
    long written;
    long removedForHost;
    long tagsTaken;
    long largerEmptied;

    List<VmmCounter> counters() {
        return List.of(
                new VmmCounter("tlb_delivered", "TLB exceptions delivered to the guest", "exceptions", true,
                        () -> delivered),
                new VmmCounter("tlb_hidden_own", "Hidden refills from what the guest has in its own TLB", "exceptions",
                        true, () -> fromGuestTlb),
                new VmmCounter("tlb_hidden_larger", "Hidden refills from the larger TLB", "exceptions", true,
                        () -> fromLargerTlb),
                new VmmCounter("tlb_hidden_kernel", "Hidden refills of the guest kernel's untranslated segment",
                        "exceptions", true, () -> ofKernelSegment),
                new VmmCounter("tlb_written", "Entries written into hardware's TLB", "entries", true, () -> written),
                new VmmCounter("tlb_removed_for_host", "Entries removed since host memory changed", "entries", true,
                        () -> removedForHost),
                new VmmCounter("tlb_tags_taken", "Tags of hardware taken for address spaces of the guest", "tags", true,
                        () -> tagsTaken),
                new VmmCounter("tlb_larger_emptied", "Times that the larger TLB was given up whole", "times", true,
                        () -> largerEmptied));
    }
}
