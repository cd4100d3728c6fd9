package org.memvirt.vmm.shadow.tlb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.api.vmm.HostChange;
import org.memvirt.api.vmm.VirtualMachine;
import org.memvirt.api.vmm.VmRefused;
import org.memvirt.api.vmm.VmmCounter;
import org.memvirt.engine.Machine;
import org.memvirt.engine.guest.Process;
import org.memvirt.testkit.PlainFormat;
import org.memvirt.testkit.machine.AssembledMachine;
import org.memvirt.testkit.machine.RefilledMmu;
import org.memvirt.vmm.shadow.ShadowVmm;

/** A VM whose TLB the VMM keeps: its options, what it counts, and what its host asks of it. */
final class TrappedVmTest {
    private static final long BASE = 1L << 20;
    private static final long PAGE = 4096;

    private static AssembledMachine assembled(Map<String, String> options) {
        return new AssembledMachine(PlainFormat.usual(), new ShadowVmm())
                .mmu(new RefilledMmu(PlainFormat.usual()))
                .options(options);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 6, 1000, 1 << 17})
    void aLargerTlbIsAPowerOfTwoFrom4To65536(long size) {
        assertThatExceptionOfType(VmRefused.class)
                .isThrownBy(() -> assembled(Map.of("larger-tlb", Long.toString(size))).boot())
                .withMessage("strategy shadow: larger-tlb=%d is not 0 or a power of two from 4 to 65536", size);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 4, 1 << 16})
    void theseSizesAreTaken(long size) {
        assertThatCode(() -> assembled(Map.of("larger-tlb", Long.toString(size))).boot()).doesNotThrowAnyException();
    }

    @Test
    void optionsOfShadowTablesMeanNothingHere() {
        assertThatExceptionOfType(VmRefused.class)
                .isThrownBy(() -> assembled(Map.of("sync", "unsync")).boot())
                .withMessage(
                        "strategy shadow: sync=unsync means nothing here: it keeps no shadow tables where hardware knows"
                                + " the TLB alone; what can be given is larger-tlb");
    }

    @Test
    void theKernelRunsDeprivileged() {
        assertThat(new ShadowVmm().deprivileges()).isTrue();
        assertThat(new ShadowVmm().usesStageTwo()).isFalse();
    }

    @Test
    void itCountsAndAnswersItsHost() {
        Machine machine = assembled(Map.of("larger-tlb", "64")).simulatedKernel().boot();
        Process process = machine.kernel().current();
        machine.kernel().allow(process, BASE, 64 * PAGE, Rights.USER);
        for (int round = 0; round < 3; round++) {
            for (int page = 0; page < 40; page++) {
                assertThat(machine.store(BASE + page * PAGE, page)).isTrue();
            }
        }
        VirtualMachine vm = machine.virtualMachine();
        assertThat(vm.tableBytes()).as("it has no tables").isZero();
        List<Long> mapped = new ArrayList<>();
        vm.forEachMapped(0, machine.backing().size(), (gpa, shift, accessed, dirty) -> mapped.add(gpa));
        assertThat(mapped).isNotEmpty();
        vm.hostMappingChanged(0, machine.backing().size(), HostChange.UNMAP);
        vm.forEachMapped(0, machine.backing().size(), (gpa, shift, accessed, dirty) -> {
            throw new AssertionError("%#x is still mapped".formatted(gpa));
        });
        Map<String, Long> counts = vm.counters().stream()
                .collect(Collectors.toMap(VmmCounter::name, counter -> counter.value().getAsLong()));
        assertThat(counts.keySet()).containsExactlyInAnyOrder(
                "tlb_delivered", "tlb_hidden_own", "tlb_hidden_larger", "tlb_hidden_kernel", "tlb_written",
                "tlb_removed_for_host", "tlb_tags_taken", "tlb_larger_emptied");
        assertThat(counts.get("tlb_removed_for_host")).isPositive();
        assertThat(counts.values()).as("%s", counts).allMatch(value -> value >= 0);
        assertThat(vm.counters()).allMatch(VmmCounter::monotonic);
        assertThat(machine.audit()).isEmpty();
        assertThat(machine.counters().exits.count(ExitCause.MODE_SWITCH)).isPositive();
    }

    @Test
    void anAuditLooksIntoTheTlbOfEachVcpu() {
        Machine machine = assembled(Map.of()).boot();
        machine.kernel().allow(machine.kernel().current(), BASE, PAGE, Rights.USER);
        assertThat(machine.store(BASE, 1)).isTrue();
        assertThat(machine.virtualMachine().audit()).isEmpty();
        ((TrappedTlb) Objects.requireNonNull(machine.vcpu().guestTlb())).entries.clear();
        assertThat(machine.virtualMachine().audit()).as("what is in hardware is nobody's").isNotEmpty();
    }

    @Test
    void eachCountIsShownUnderItsName() {
        TlbCounts counts = new TlbCounts();
        counts.delivered = 1;
        counts.fromGuestTlb = 2;
        counts.fromLargerTlb = 3;
        counts.ofKernelSegment = 4;
        counts.written = 5;
        counts.removedForHost = 6;
        counts.tagsTaken = 7;
        counts.largerEmptied = 8;
        assertThat(counts.counters().stream()
                .collect(Collectors.toMap(VmmCounter::name, counter -> counter.value().getAsLong())))
                        .isEqualTo(Map.of(
                                "tlb_delivered", 1L,
                                "tlb_hidden_own", 2L,
                                "tlb_hidden_larger", 3L,
                                "tlb_hidden_kernel", 4L,
                                "tlb_written", 5L,
                                "tlb_removed_for_host", 6L,
                                "tlb_tags_taken", 7L,
                                "tlb_larger_emptied", 8L));
    }
}
