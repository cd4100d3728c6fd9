package org.memvirt.conform;

import org.jspecify.annotations.Nullable;
import org.memvirt.api.architecture.EncodedFault;
import org.memvirt.api.architecture.TlbProcessor;
import org.memvirt.api.walk.Walk;

/** Is told what becomes of the cases that are played, in order. */
public interface VectorListener {
    /** An answer is not as recorded. */
    void mismatch(Mismatch mismatch);

    /**
     * An access was made.
     *
     * @param walk as it ended, valid until this returns
     * @param intermediate whether its answer is an intermediate address, not sent through stage 2
     * @param fault as hardware reports it, or null if there is none
     */
    default void answered(Walk walk, boolean intermediate, @Nullable EncodedFault fault) {}

    /** A step of an architected TLB was carried out. */
    default void answered(TlbProcessor.Answer answer) {}

    /**
     * A case has ended.
     *
     * @param index of its line
     * @param changed pairs of the address of a word that changed and its value, ascending
     */
    default void ended(VectorLines lines, int index, long[] changed) {}
}
