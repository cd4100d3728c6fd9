package org.memvirt.runner.trace;

import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;

/** How an access is packed into one little-endian 64-bit word. */
enum RecordLayout {
    /** memvirt's own: bits 0 to 57 the address, which bit 57 extends; bits 58 to 63 the {@link Rights}. */
    BINARY {
        @Override
        void unpack(long[] words, int count, AccessBatch batch) {
            for (int i = 0; i < count; i++) {
                batch.addresses[i] = words[i] << RIGHTS_BITS >> RIGHTS_BITS;
                batch.kinds[i] = (byte) (words[i] >>> ADDRESS_BITS);
            }
        }

        @Override
        boolean isSound(long word) {
            return Rights.areOfOneAccess((int) (word >>> ADDRESS_BITS));
        }

        @Override
        boolean holds(long address, int kind) {
            return address << RIGHTS_BITS >> RIGHTS_BITS == address;
        }

        @Override
        long pack(long address, int kind) {
            return (long) kind << ADDRESS_BITS | address & (1L << ADDRESS_BITS) - 1;
        }
    },

    /**
     * The yardstick's: bits 0 to 46 the address, 48 to 59 the size, 60 the second half of an access that crosses a page,
     * 61 reads, 62 writes, 63 fetches. Sizes and halves change no count; they are passed over, and written as 1 and 0.
     */
    PACKED {
        @Override
        void unpack(long[] words, int count, AccessBatch batch) {
            for (int i = 0; i < count; i++) {
                long word = words[i];
                batch.addresses[i] = word & PACKED_ADDRESS;
                batch.kinds[i] = (byte) (word >>> 61);
            }
        }

        @Override
        boolean isSound(long word) {
            int rights = (int) (word >>> 61);
            return rights != 0 && (rights == Rights.USER_EXECUTE || rights < Rights.USER_EXECUTE);
        }

        @Override
        boolean holds(long address, int kind) {
            return (address & ~PACKED_ADDRESS) == 0 && (kind & ~Rights.USER) == 0;
        }

        @Override
        long pack(long address, int kind) {
            return (long) kind << 61 | 1L << 48 | address;
        }
    };

    private static final int ADDRESS_BITS = 58;
    private static final int RIGHTS_BITS = 64 - ADDRESS_BITS;
    private static final long PACKED_ADDRESS = (1L << 47) - 1;

    /** Fills the batch with the first {@code count} words, unchecked. */
    abstract void unpack(long[] words, int count, AccessBatch batch);

    /** Whether the word asks for rights that an access can need. */
    abstract boolean isSound(long word);

    /** Whether the layout has room for the access. */
    abstract boolean holds(long address, int kind);

    abstract long pack(long address, int kind);
}
