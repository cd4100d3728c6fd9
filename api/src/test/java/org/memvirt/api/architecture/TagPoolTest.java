package org.memvirt.api.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TagPoolTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8, 12})
    void everyTagButZeroIsHandedOutOnceAGeneration(int bits) {
        TagPool pool = new TagPool(bits);
        for (int generation = 1; generation <= 3; generation++) {
            Set<Integer> tags = new HashSet<>();
            for (int i = 0; i < (1 << bits) - 1; i++) {
                long ticket = pool.take();
                assertThat(pool.isCurrent(ticket)).isTrue();
                assertThat(TagPool.tag(ticket)).isBetween(1, (1 << bits) - 1);
                assertThat(tags.add(TagPool.tag(ticket))).isTrue();
            }
            assertThat(pool.generation()).isEqualTo(generation);
        }
    }

    @Test
    void aNewGenerationMakesEveryOldTicketStale() {
        TagPool pool = new TagPool(2);
        long first = pool.take();
        long third = 0;
        for (int i = 0; i < 2; i++) {
            third = pool.take();
        }
        assertThat(pool.isCurrent(first)).isTrue();
        long next = pool.take();
        assertThat(pool.isCurrent(first)).isFalse();
        assertThat(pool.isCurrent(third)).isFalse();
        assertThat(pool.isCurrent(next)).isTrue();
        assertThat(TagPool.tag(next)).isEqualTo(TagPool.tag(first));
    }

    @Test
    void withoutTagsEachTicketIsAGenerationWithTagZero() {
        TagPool pool = new TagPool(0);
        long one = pool.take();
        long generation = pool.generation();
        long other = pool.take();
        assertThat(TagPool.tag(one)).isZero();
        assertThat(TagPool.tag(other)).isZero();
        assertThat(pool.generation()).isGreaterThan(generation);
        assertThat(pool.isCurrent(one)).isFalse();
        assertThat(pool.isCurrent(other)).isTrue();
    }

    @Test
    void zeroIsNoTicket() {
        assertThat(new TagPool(8).isCurrent(0)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 32})
    void otherWidthsAreRefused(int bits) {
        assertThatIllegalArgumentException().isThrownBy(() -> new TagPool(bits)).withMessageContaining("" + bits);
    }
}
