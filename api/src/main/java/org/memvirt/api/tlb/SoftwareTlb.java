package org.memvirt.api.tlb;

import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.walk.Walk;

/**
 * A TLB that is part of the architecture: hardware looks it up and never fills it, and a miss is an exception, upon which
 * software writes an entry. So it is on MIPS, Alpha (its PALcode), SPARC V9, PA-RISC and the PowerPC 603.
 *
 * <p>An access that {@link #advance} stops at has raised the exception {@link #lastMiss}. Software then writes what it will
 * and has the access made again by {@link #retryMiss}, or gives it up by {@link #cancelMiss}. Either way an access that
 * goes on has been counted once: as a hit if it never raised an exception, else as a miss; or as {@link #unmapped}.
 *
 * <p>What tells address spaces apart is the tag that software chooses for them, {@link #selectTag}; how entries are
 * invalidated is software's work, too: it probes for the page, and writes something else there. No method allocates.
 */
public interface SoftwareTlb extends Tlb {
    /** How many entries there are; {@code index} is below it in what follows. */
    int entries();

    /**
     * The rights that a valid page of an entry may lack, as {@link Rights}; the others are allowed on each. Where the right
     * of user and supervisor is one bit, a page allows it to both or to none.
     */
    int deniable();

    /** Whether an entry holds a pair of neighbouring pages; else one, its even half. */
    default boolean pairs() {
        return true;
    }

    /** Whether hardware translates the address of such an access without asking the entries, if it may be made. */
    boolean isUnmapped(long address, int needed);

    /**
     * From now on accesses of a kernel are made in a mode that is less privileged than the kernel's own, and more than the
     * user's: what hardware does not translate is out of its reach.
     *
     * @throws UnsupportedOperationException where there is no such mode; unless overridden
     */
    default void deprivilege() {
        throw new UnsupportedOperationException("this processor has no mode between user and kernel");
    }

    /** How many entries, from index 0 on, {@link #writeRandom} leaves alone. */
    int wired();

    /** @param count of entries to be wired, below {@link #entries} */
    void wire(int count);

    /** The tag of the address space that accesses are made in. */
    int tag();

    /** Makes the accesses that follow belong to the address space of this tag. */
    void selectTag(int tag);

    /**
     * The index of the entry that matches the address in the address space of the tag, whether or not its page is valid;
     * -1 if none does.
     */
    int probe(long address, int tag);

    /** Copies an entry out. */
    void read(int index, Entry into);

    /**
     * Writes an entry, which must not match an address together with another one: which of two answers is left open.
     *
     * @throws IllegalArgumentException for what the architecture's entries cannot hold
     */
    void write(int index, Entry entry);

    /** Writes an entry at a place of hardware's choice that is not wired; returns the index. */
    int writeRandom(Entry entry);

    /** The exception that the last {@link #advance} stopped at; {@link Miss#NONE} if it came to the end. */
    Miss lastMiss();

    /**
     * Says that the next {@link #advance} begins with the access that missed last: it is made again, not another look-up.
     * Accesses of the software that answered the miss are made before this.
     */
    void retryMiss();

    /**
     * The TLB of the second stage, by which hardware translates what this one gives and what is unmapped; null when there is
     * none. Its input addresses are guest-physical, its tags those of VMs, and the VMM fills it. What it counts is among
     * {@link #counts} of this one, too: each access that goes on is looked up there once.
     */
    default @Nullable SoftwareTlb stageTwo() {
        return null;
    }

    /** The guest-physical address that {@link #stageTwo} could not translate, after {@link Miss#STAGE_2}. */
    default long missAddress() {
        throw new IllegalStateException("there is no second stage");
    }

    /** Accesses that went on and are none of {@link #counts}: to segments that hardware does not translate by the TLB. */
    long unmapped();

    /** Not for these TLBs: no walk of hardware fills them. */
    @Override
    default void insert(Walk walk, int needed) {
        throw new IllegalStateException("software fills this TLB, and was given a walk: " + walk);
    }

    /** Changes nothing: address spaces are told apart by {@link #selectTag}. */
    @Override
    default void select(int vm, int space) {}

    /** Not for these TLBs: software probes for what is to go, and writes another entry there. */
    @Override
    default void invalidate(Target owners) {
        throw new UnsupportedOperationException("software invalidates the entries of this TLB one by one");
    }

    /** Not for these TLBs: software probes for what is to go, and writes another entry there. */
    @Override
    default void invalidate(Target owners, long address, long bytes) {
        invalidate(owners);
    }

    /** Why an access could not go on. */
    enum Miss {
        /** It could. */
        NONE,
        /** No entry matches. */
        REFILL,
        /** The entry that matches has no valid page for the address. */
        INVALID,
        /** A store to a valid page that may not be written: one that is not dirty. */
        MODIFIED,
        /** The page is valid and may not be read, or not be executed, and hardware tells that from {@link #INVALID}. */
        PROTECTED,
        /** The address was translated, and the TLB of the second stage could not go on from there: see {@link #missAddress}. */
        STAGE_2,
        /** The address is one that the access may not use, whatever the entries say: the TLB was not asked. */
        ADDRESS_ERROR
    }

    /** An entry: a page, or a pair of neighbours of one size. An object of the caller's, used again and again. */
    final class Entry {
        /** The first virtual address of the page or pair. */
        public long address;

        /** Offset bits of one page. */
        public int pageShift;

        /** The address space; it means nothing where {@link #global}. */
        public int tag;

        /** Whether it holds in every address space. */
        public boolean global;

        /** Whether it matches anything at all. */
        public boolean present;

        /** The page with the lower address; the page itself where entries have one. */
        public final Half even = new Half();

        /** The page with the higher address. */
        public final Half odd = new Half();

        /** Makes this one what another is. */
        public void set(Entry other) {
            address = other.address;
            pageShift = other.pageShift;
            tag = other.tag;
            global = other.global;
            present = other.present;
            even.set(other.even);
            odd.set(other.odd);
        }

        /**
         * The page that an address within the entry lies in.
         *
         * @param pairs whether an entry holds two
         */
        public Half half(long at, boolean pairs) {
            return pairs && (at >>> pageShift & 1) != 0 ? odd : even;
        }
    }

    /** One page of an entry. */
    final class Half {
        /** The output address of its first byte. */
        public long output;

        /** Whether it may be used; if not, an access to it is {@link Miss#INVALID}. */
        public boolean valid;

        /** What it allows, as {@link Rights}; without the write bits while it is not dirty. */
        public int allowed;

        /** The architecture's code for how it is cached; it decides nothing here and is kept. */
        public int cacheAttribute;

        void set(Half other) {
            output = other.output;
            valid = other.valid;
            allowed = other.allowed;
            cacheAttribute = other.cacheAttribute;
        }
    }
}
