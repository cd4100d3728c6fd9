package org.memvirt.vmm.shadow;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.testkit.machine.AssembledMachine;
import org.memvirt.testkit.trial.Seeds;
import org.memvirt.testkit.vmm.GuestHistory;

/** The guest cannot tell, of every granule by every policy, whoever keeps the guest's flags. */
final class ArmHistoriesTest {
    private static final List<String> GRANULES = List.of("4k", "16k", "64k");
    private static final List<Map<String, String>> FLAGS =
            List.of(Map.of(), Map.of("hd", "off"), Map.of("ha", "off", "hd", "off"));

    static Stream<Arguments> shadows() {
        return Arrays.stream(SyncPolicy.values())
                .flatMap(sync -> GRANULES.stream()
                        .flatMap(granule -> FLAGS.stream().map(flags -> Arguments.of(sync, granule, flags))));
    }

    @ParameterizedTest
    @MethodSource("shadows")
    void theGuestCannotTell(SyncPolicy sync, String granule, Map<String, String> flags) {
        play(sync, granule, flags, 8, 50);
    }

    @ParameterizedTest
    @MethodSource("shadows")
    @Tag("slow")
    void theGuestCannotTellForLong(SyncPolicy sync, String granule, Map<String, String> flags) {
        play(sync, granule, flags, 400, 100);
    }

    private static void play(SyncPolicy sync, String granule, Map<String, String> flags, int rounds, int steps) {
        PageTableFormat format = Arm.format("aarch64-" + granule).with(flags);
        Seeds.rounds(rounds, random -> {
            AssembledMachine assembled = new AssembledMachine(format, new ShadowVmm())
                    .rulesOf(Arm.MMU)
                    .hostPages(format.pageShifts().getFirst())
                    .options(draw(sync, random));
            GuestHistory.play(assembled, random, steps, random.nextBoolean());
        });
    }

    private static Map<String, String> draw(SyncPolicy sync, SplittableRandom random) {
        Map<String, String> options = new HashMap<>();
        options.put("sync", sync.toString());
        options.put("sharing", sync.tracksTables() && random.nextBoolean() ? "on" : "off");
        options.put("prefetch", random.nextInt(3) == 0 ? "8" : "0");
        options.put("tags", random.nextBoolean() ? "0" : "3");
        return options;
    }
}
