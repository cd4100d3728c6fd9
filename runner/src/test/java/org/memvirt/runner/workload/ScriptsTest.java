package org.memvirt.runner.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.GuestEvent;
import org.memvirt.api.access.Rights;
import org.memvirt.api.option.Options;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.api.workload.WorkloadProvider;

/** Workloads whose processes ask something of their kernel between accesses. */
class ScriptsTest {
    private static final long BASE = 1L << 44;

    private static Stream<WorkloadProvider> all() {
        return Stream.of(new MmapChurn(), new Switches(), new ForkStorm(), new ColdMemory(), new SetPageTable());
    }

    /** Events as they are, accesses as their addresses. */
    private static List<Object> play(WorkloadProvider workload, Map<String, String> options, long count, int capacity) {
        List<Object> played = new ArrayList<>();
        AccessBatch batch = new AccessBatch(capacity);
        try (AccessSource source =
                workload.open(new Options(workload.name(), workload.options(), options), count, 3)) {
            while (source.fill(batch)) {
                assertThat(batch.length).isPositive();
                played.addAll(batch.events());
                for (int i = 0; i < batch.length; i++) {
                    assertThat(batch.addresses[i]).isGreaterThanOrEqualTo(BASE);
                    played.add(batch.addresses[i]);
                }
            }
            assertThat(source.progress()).isEqualTo(1);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return played;
    }

    private static <T> List<T> only(List<Object> played, Class<T> kind) {
        return played.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    @ParameterizedTest
    @MethodSource("all")
    void batchesOfAnySizeTellTheSame(WorkloadProvider workload) {
        Map<String, String> options = Map.of("footprint", "64K");
        List<Object> once = play(workload, options, 20_000, 4096);
        assertThat(only(once, Long.class)).hasSize(20_000);
        assertThat(only(once, GuestEvent.class)).isNotEmpty();
        assertThat(play(workload, options, 20_000, 77)).isEqualTo(once);
    }

    @Test
    void pagesAreMappedAgainAsOftenAsAskedFor() {
        List<Object> played = play(new MmapChurn(), Map.of("footprint", "64K", "remaps", "3000"), 100_001, 4096);
        List<GuestEvent> events = only(played, GuestEvent.class);
        assertThat(events).hasSize(300);
        assertThat(events).allMatch(event -> event instanceof GuestEvent.Map(long start, long bytes, int rights)
                && start >= BASE
                && start < BASE + 65536
                && start % 4096 == 0
                && bytes == 4096
                && rights == Rights.USER);
        assertThat(play(new MmapChurn(), Map.of("footprint", "64K", "remaps", "0"), 10_000, 4096)).hasSize(10_000);
        assertThatThrownBy(() -> play(new MmapChurn(), Map.of("remaps", "1000001"), 1, 1))
                .hasMessageContaining("remaps=1000001");
    }

    @Test
    void processesTakeTurns() {
        List<Object> played = play(new Switches(), Map.of("processes", "3", "turn", "10"), 95, 4096);
        assertThat(only(played, GuestEvent.Switch.class)).extracting(GuestEvent.Switch::process)
                .containsExactly(0, 1, 2, 0, 1, 2, 0, 1, 2, 0);
        assertThat(played.get(11)).isEqualTo(new GuestEvent.Switch(1));
        assertThatThrownBy(() -> play(new Switches(), Map.of("processes", "0"), 1, 1))
                .hasMessageContaining("processes=0");
    }

    @Test
    void childrenWriteAndExit() {
        List<Object> played = play(new ForkStorm(), Map.of("footprint", "16K", "pages", "2"), 4 + 6, 4096);
        assertThat(only(played, GuestEvent.class)).containsExactly(
                new GuestEvent.Fork(1),
                new GuestEvent.Switch(1),
                new GuestEvent.Exit(),
                new GuestEvent.Switch(0),
                new GuestEvent.Fork(1),
                new GuestEvent.Switch(1));
        assertThat(played.subList(0, 4)).containsExactly(BASE, BASE + 4096, BASE + 8192, BASE + 12288);
        assertThatThrownBy(() -> play(new ForkStorm(), Map.of("pages", "0"), 1, 1)).hasMessageContaining("pages=0");
    }

    @Test
    void coldMemoryIsGivenBackBeforeItIsTouchedAgain() {
        List<Object> played = play(new ColdMemory(), Map.of("footprint", "8K"), 5, 4096);
        GuestEvent again = new GuestEvent.Map(BASE, 8192, Rights.USER);
        assertThat(played).containsExactly(BASE, BASE + 4096, again, BASE, BASE + 4096, again, BASE);
    }

    @Test
    void hotMemoryIsTouchedInTurn() {
        assertThat(play(new HotMemory(), Map.of("footprint", "8K"), 5, 4096))
                .containsExactly(BASE, BASE + 4096, BASE, BASE + 4096, BASE);
    }

    @Test
    void eachAccessIsPrecededByAnEntryThatIsSet() {
        List<Object> played = play(new SetPageTable(), Map.of("footprint", "8K"), 4, 4096);
        int reads = Rights.USER & ~Rights.WRITE;
        assertThat(played).containsExactly(
                new GuestEvent.Protect(BASE, 4096, reads),
                BASE,
                new GuestEvent.Protect(BASE + 4096, 4096, reads),
                BASE + 4096,
                new GuestEvent.Protect(BASE, 4096, Rights.USER),
                BASE,
                new GuestEvent.Protect(BASE + 4096, 4096, Rights.USER),
                BASE + 4096);
    }
}
