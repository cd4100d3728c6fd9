package org.memvirt.testkit.invalidation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.memvirt.api.invalidation.CacheTags;
import org.memvirt.api.invalidation.InvalidationEffect;
import org.memvirt.api.invalidation.InvalidationRule;
import org.memvirt.api.invalidation.InvalidationTable;
import org.memvirt.engine.cpu.Operand;

/**
 * Each row of a table, carried out on caches that hold everything: what goes must be what the manual says, told once more in
 * plain predicates over single entries, and nothing else. The test of an architecture extends this class, gives the table and
 * the predicates.
 */
public abstract class InvalidationContract {
    /** The table under test. */
    protected abstract InvalidationTable table();

    /** What the manual says of each operation. */
    protected abstract Map<String, Manual> manual();

    /** How the source of each row begins: the manual's name. */
    protected abstract String source();

    /**
     * One execution of an operation.
     *
     * @param now the tags in use
     * @param named the tags that the operation names
     * @param address the input address that it names, or whose access failed
     * @param gpa the guest-physical address that it names, or of the access that failed
     */
    public record Execution(CacheTags now, CacheTags named, long address, long gpa) {}

    /** What the manual says of one operation: whether an entry goes. */
    public interface Manual {
        boolean removes(Held held, Execution done);
    }

    /** An operation that removes nothing. */
    protected static final Manual NOTHING = (held, done) -> false;

    /** An operation that removes everything. */
    protected static final Manual EVERYTHING = (held, done) -> true;

    /** Mappings of input addresses of the current VM: what operations of the guest itself can reach. */
    protected static boolean isOwn(Held held, Execution done) {
        return isOf(held, done.now.vm());
    }

    /** Mappings of input addresses of a VM. */
    protected static boolean isOf(Held held, int vm) {
        return (held.isOfStageOne() || held.isCombined()) && held.vm() == vm;
    }

    @TestFactory
    final Stream<DynamicTest> eachRowRemovesWhatTheManualSaysAndNothingElse() {
        return forEach((rule, manual) -> {
            for (Execution done : executions()) {
                FilledCaches filled = carriedOut(rule, done);
                List<Held> wronglyKept = new ArrayList<>();
                List<Held> wronglyGone = new ArrayList<>();
                for (Held held : filled.all) {
                    boolean goes = manual.removes(held, done);
                    if (goes == filled.has(held)) {
                        (goes ? wronglyKept : wronglyGone).add(held);
                    }
                }
                assertThat(wronglyKept).as("%s must remove, %s", rule.operation(), done).isEmpty();
                assertThat(wronglyGone).as("%s must keep, %s", rule.operation(), done).isEmpty();
            }
        });
    }

    /** The test above would notice a row with any one of its parts taken out or changed. */
    @TestFactory
    final Stream<DynamicTest> aChangeOfAnyPartOfARowIsNoticed() {
        return forEach((rule, manual) -> {
            for (List<InvalidationEffect> altered : Alterations.of(rule)) {
                assertThat(deviates(new InvalidationRule(rule.operation(), rule.source(), altered), manual))
                        .as("%s with %s in place of %s", rule.operation(), altered, rule.removals())
                        .isTrue();
            }
        });
    }

    private Stream<DynamicTest> forEach(BiConsumer<InvalidationRule, Manual> test) {
        return manual().entrySet().stream()
                .map(row -> DynamicTest.dynamicTest(
                        row.getKey(), () -> test.accept(table().rule(row.getKey()), row.getValue())));
    }

    private FilledCaches carriedOut(InvalidationRule rule, Execution done) {
        FilledCaches filled = new FilledCaches(table());
        filled.caches.invalidate(
                rule, done.now, new Operand(done.named, done.address, 1, done.gpa, 1), FilledCaches.FORMAT);
        return filled;
    }

    /** Whether some execution removes otherwise than the manual says. */
    private boolean deviates(InvalidationRule rule, Manual manual) {
        for (Execution done : executions()) {
            FilledCaches filled = carriedOut(rule, done);
            if (filled.all.stream().anyMatch(held -> filled.has(held) == manual.removes(held, done))) {
                return true;
            }
        }
        return false;
    }

    @Test
    final void everyRowHasBeenRead() {
        assertThat(table().rules().stream().map(InvalidationRule::operation))
                .containsExactlyInAnyOrderElementsOf(manual().keySet());
    }

    @Test
    final void everyRowNamesItsManual() {
        assertThat(table().rules()).allMatch(rule -> rule.source().startsWith(source()));
    }

    @Test
    final void anUnknownOperationIsRefusedByName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> table().rule("no such operation"))
                .withMessageContaining("'no such operation'")
                .withMessageContaining(table().rules().getFirst().operation() + ",");
    }

    @Test
    final void everythingFilledIsThereAtFirst() {
        FilledCaches filled = new FilledCaches(table());
        assertThat(filled.all).hasSizeGreaterThan(450).allMatch(filled::has);
        filled.caches.invalidateAll();
        assertThat(filled.all).noneMatch(filled::has);
    }

    private static List<Execution> executions() {
        List<Execution> executions = new ArrayList<>();
        CacheTags native0 = new CacheTags(0, 1, CacheTags.NO_STAGE_TWO);
        CacheTags guest = new CacheTags(1, 1, FilledCaches.ROOT_A);
        CacheTags other = new CacheTags(2, 2, FilledCaches.ROOT_B);
        executions.add(new Execution(guest, other, FilledCaches.SMALL + 0x123, FilledCaches.GUEST_SMALL + 8));
        executions
                .add(new Execution(guest, other, FilledCaches.LARGE + 0x12_3456, FilledCaches.GUEST_LARGE + 0x1_0000));
        executions.add(new Execution(guest, guest, FilledCaches.SPLINTERED + 0x7008, FilledCaches.GUEST_FAR));
        executions.add(new Execution(guest, other, FilledCaches.SPLINTERED + 0x3008, FilledCaches.GUEST_FAR));
        executions.add(new Execution(native0, other, FilledCaches.GLOBAL_SPLINTERED + 0x5000, FilledCaches.GUEST_FAR));
        executions.add(new Execution(native0, guest, FilledCaches.HUGE + 0x1234_5678, FilledCaches.GUEST_SMALL));
        executions.add(new Execution(other, native0, FilledCaches.GLOBAL_SMALL + 1, FilledCaches.GUEST_LARGE));
        executions.add(new Execution(other, guest, FilledCaches.FAR + 1, FilledCaches.GUEST_LARGE - 1));
        executions.add(new Execution(other, other, FilledCaches.GLOBAL_LARGE + 0x10_0000, 0));
        return executions;
    }
}
