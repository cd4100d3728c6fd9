package org.memvirt.vmm.shadow;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.vmm.VcpuServices;

/** What is flushed together of what became stale one by one. */
final class FlushTest {
    private static final long PAGE = 4096;
    private static final String ALL = "all";

    private final ShadowCounts counts = new ShadowCounts();
    private final Flush flush = new Flush(counts);
    private final List<Object> done = new ArrayList<>();
    private final VcpuServices services = (VcpuServices) Proxy.newProxyInstance(
            FlushTest.class.getClassLoader(), new Class<?>[] {VcpuServices.class}, (self, method, arguments) -> {
                done.add(method.getName().equals("invalidateAll") ? ALL : arguments[0]);
                return null;
            });

    private List<Object> now() {
        done.clear();
        flush.now(services);
        return List.copyOf(done);
    }

    private static Invalidation page(int number) {
        return Invalidation.page(number * PAGE, 12);
    }

    private static Invalidation topTable() {
        return Invalidation.root(0, 1);
    }

    @Test
    void nothingIsFlushedForNothing() {
        flush.note(Invalidation.NOTHING);
        assertThat(now()).isEmpty();
        assertThat(counts.fullFlushes + counts.rangeFlushes).isZero();
    }

    @Test
    void rangesAreFlushedOnce() {
        flush.note(page(1));
        flush.note(Invalidation.tables(1 << 21, 1 << 21));
        assertThat(now()).containsExactly(page(1), Invalidation.tables(1 << 21, 1 << 21));
        assertThat(now()).isEmpty();
        assertThat(counts.rangeFlushes).isEqualTo(2);
        assertThat(counts.fullFlushes).isZero();
    }

    @Test
    void beyond32RangesAllIsFlushed() {
        for (int number = 0; number < 32; number++) {
            flush.note(page(number));
        }
        assertThat(now()).hasSize(32).doesNotContain(ALL);
        for (int number = 0; number < 100; number++) {
            flush.note(page(number));
        }
        assertThat(now()).containsExactly(ALL);
        assertThat(counts.fullFlushes).isEqualTo(1);
        assertThat(counts.rangeFlushes).isEqualTo(32);
        flush.note(page(1));
        assertThat(now()).as("the next begins anew").containsExactly(page(1));
    }

    @Test
    void allContainsEveryRange() {
        flush.note(page(1));
        flush.noteAll();
        flush.note(page(2));
        assertThat(now()).containsExactly(ALL);
        assertThat(now()).isEmpty();
    }

    @Test
    void whatIsPendingIsKnownByItsRange() {
        flush.note(Invalidation.page(4 * PAGE, 12));
        assertThat(flush.isPending(4 * PAGE, PAGE)).isTrue();
        assertThat(flush.isPending(4 * PAGE - 1, 1)).isFalse();
        assertThat(flush.isPending(0, 4 * PAGE + 1)).isTrue();
        assertThat(flush.isPending(5 * PAGE - 1, 1)).isTrue();
        assertThat(flush.isPending(5 * PAGE, PAGE)).isFalse();
        flush.note(Invalidation.page(-PAGE, 12));
        assertThat(flush.isPending(-2 * PAGE, 2 * PAGE)).as("at the end of the addresses").isTrue();
        now();
        assertThat(flush.isPending(4 * PAGE, PAGE)).isFalse();
        flush.noteAll();
        assertThat(flush.isPending(0, PAGE)).isTrue();
        now();
        assertThat(flush.isPending(0, PAGE)).isFalse();
    }

    @Test
    void aTopTableIsLoadedAnewAfterTheRest() {
        flush.note(Invalidation.root(1 << 30, 1 << 30));
        flush.note(page(3));
        assertThat(now()).containsExactly(page(3), topTable());
        flush.noteRoot();
        assertThat(now()).containsExactly(ALL, topTable());
        assertThat(now()).isEmpty();
        assertThat(counts.rangeFlushes).as("that is no range of what is cached").isEqualTo(1);
    }
}
