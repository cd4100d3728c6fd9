package org.memvirt.vmm.partition;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.testkit.machine.AssembledMachine;
import org.memvirt.testkit.trial.Seeds;
import org.memvirt.testkit.vmm.GuestHistory;

/** The guest cannot tell, of every granule, whoever keeps its flags. */
final class ArmHistoriesTest {
    private static final List<VmmProvider> STRATEGIES = List.of(new NativeMachine(), new StaticVmm());
    private static final List<String> GRANULES = List.of("4k", "16k", "64k");
    private static final List<Map<String, String>> FLAGS =
            List.of(Map.of(), Map.of("hd", "off"), Map.of("ha", "off", "hd", "off"));

    static Stream<Arguments> machines() {
        return STRATEGIES.stream()
                .flatMap(vmm -> GRANULES.stream()
                        .flatMap(granule -> FLAGS.stream().map(flags -> Arguments.of(vmm, granule, flags))));
    }

    @ParameterizedTest
    @MethodSource("machines")
    void theGuestCannotTell(VmmProvider vmm, String granule, Map<String, String> flags) {
        play(vmm, granule, flags, 8, 60);
    }

    @ParameterizedTest
    @MethodSource("machines")
    @Tag("slow")
    void theGuestCannotTellForLong(VmmProvider vmm, String granule, Map<String, String> flags) {
        play(vmm, granule, flags, 400, 100);
    }

    private static void play(VmmProvider vmm, String granule, Map<String, String> flags, int rounds, int steps) {
        PageTableFormat format = Arm.format("aarch64-" + granule).with(flags);
        Seeds.rounds(rounds,
                random -> GuestHistory.play(new AssembledMachine(format, vmm).rulesOf(Arm.MMU), random, steps, false));
    }
}
