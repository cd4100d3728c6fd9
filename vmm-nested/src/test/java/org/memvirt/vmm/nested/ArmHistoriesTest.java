package org.memvirt.vmm.nested;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.testkit.machine.AssembledMachine;
import org.memvirt.testkit.trial.Seeds;
import org.memvirt.testkit.vmm.GuestHistory;

/** The guest cannot tell, of every granule on every granule, whoever keeps the flags of either stage. */
final class ArmHistoriesTest {
    private static final List<String> GRANULES = List.of("4k", "16k", "64k");
    private static final List<Map<String, String>> FLAGS =
            List.of(Map.of(), Map.of("hd", "off"), Map.of("ha", "off", "hd", "off"));

    static Stream<Arguments> pairs() {
        return GRANULES.stream()
                .flatMap(guest -> FLAGS.stream().flatMap(guestFlags -> GRANULES.stream()
                        .flatMap(host -> FLAGS.stream()
                                .map(hostFlags -> Arguments.of(guest, guestFlags, host, hostFlags)))));
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void theGuestCannotTell(
            String guest, Map<String, String> guestFlags, String host, Map<String, String> hostFlags) {
        play(guest, guestFlags, host, hostFlags, 4, 40);
    }

    @ParameterizedTest
    @MethodSource("pairs")
    @Tag("slow")
    void theGuestCannotTellForLong(
            String guest, Map<String, String> guestFlags, String host, Map<String, String> hostFlags) {
        play(guest, guestFlags, host, hostFlags, 200, 100);
    }

    private static void play(
            String guest, Map<String, String> guestFlags, String host, Map<String, String> hostFlags, int rounds,
            int steps) {
        PageTableFormat format = Arm.format("aarch64-" + guest).with(guestFlags);
        PageTableFormat stageTwo = Arm.format("aarch64-s2-" + host).with(hostFlags);
        Seeds.rounds(rounds, random -> {
            int pieces = stageTwo.pageShifts().get(random.nextInt(2));
            AssembledMachine assembled = new AssembledMachine(format, new NestedVmm())
                    .stageTwo(stageTwo)
                    .rulesOf(Arm.MMU)
                    .hostPages(pieces);
            GuestHistory.play(assembled, random, steps, random.nextBoolean());
        });
    }
}
