package org.memvirt.runner.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.GuestEvent;
import org.memvirt.api.access.Rights;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.api.workload.BadTrace;
import org.memvirt.runner.trace.KeptInput;
import org.memvirt.runner.usage.WrongUsage;

class RoundRobinTest {
    private int open;

    /** So many accesses to addresses that begin with {@code from}, a batch of at most {@code most} at a time. */
    private AccessSource source(long from, int count, int most) {
        open++;
        return new AccessSource() {
            private int given;

            @Override
            public boolean fill(AccessBatch batch) throws IOException {
                batch.clear();
                if (count < 0) {
                    throw new BadTrace("broken");
                }
                while (given < count && batch.length < most && !batch.isFull()) {
                    batch.add(from + given++, Rights.USER_READ);
                }
                return !batch.isEmpty();
            }

            @Override
            public void close() {
                open--;
            }
        };
    }

    /** What the source gives, in batches of that capacity: a switch as {@code >process}, an access as its address. */
    private static List<String> given(AccessSource source, int capacity) throws IOException {
        List<String> all = new ArrayList<>();
        AccessBatch batch = new AccessBatch(capacity);
        while (source.fill(batch)) {
            for (GuestEvent event : batch.events()) {
                all.add(">" + ((GuestEvent.Switch) event).process());
            }
            for (int i = 0; i < batch.length; i++) {
                all.add(Long.toString(batch.addresses[i]));
            }
        }
        return all;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5000})
    void processesTakeTurnsUntilTheLastHasEnded(int capacity) throws IOException {
        AccessSource turns = new RoundRobin(List.of(source(10, 5, 2), source(20, 0, 9), source(30, 9, 3)), 3);
        assertThat(String.join(" ", given(turns, capacity)))
                .isEqualTo(">0 10 11 12 >2 30 31 32 >0 13 14 >2 33 34 35 36 37 38");
        turns.close();
        assertThat(open).isZero();
    }

    @Test
    void oneThatIsBrokenEndsAll() throws IOException {
        AccessSource turns = new RoundRobin(List.of(source(10, 5, 2), source(20, -1, 9)), 3);
        List<String> before = new ArrayList<>();
        AccessBatch batch = new AccessBatch();
        assertThatExceptionOfType(BadTrace.class).isThrownBy(() -> {
            while (turns.fill(batch)) {
                before.add(batch.events() + " " + batch.length);
            }
        });
        assertThat(before).containsExactly("[Switch[process=0]] 2", "[] 1");
        turns.close();
        assertThat(open).isZero();
    }

    @Test
    void anInputWithProcessesOfItsOwnIsRefused() {
        AccessSource inner = new RoundRobin(List.of(source(10, 5, 2)), 3);
        assertThatExceptionOfType(WrongUsage.class)
                .isThrownBy(() -> new RoundRobin(List.of(inner), 3).fill(new AccessBatch()))
                .withMessageContainingAll("--processes", "(switch to process 0)");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5000})
    void aKeptInputGivesTheEventsAgain(int capacity) throws IOException {
        List<AccessSource> sources = List.of(source(10, 5, 2), source(30, 9, 3));
        KeptInput kept = new KeptInput(() -> new RoundRobin(sources, 3));
        for (int play = 0; play < 2; play++) {
            assertThat(String.join(" ", given(kept.open(), capacity)))
                    .isEqualTo(">0 10 11 12 >1 30 31 32 >0 13 14 >1 33 34 35 36 37 38");
        }
    }
}
