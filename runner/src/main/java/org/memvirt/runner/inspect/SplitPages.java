package org.memvirt.runner.inspect;

import org.memvirt.api.image.LeafVisitor;

/**
 * Turns the pages of stage 1 into pieces that stage 2 maps in one: each with the smaller size, the rights that both
 * stages give, and its place below both. What stage 2 does not map is passed over.
 */
final class SplitPages implements LeafVisitor {
    private final GuestImage guest;
    private final LeafVisitor visitor;

    SplitPages(GuestImage guest, LeafVisitor visitor) {
        this.guest = guest;
        this.visitor = visitor;
    }

    @Override
    public boolean leaf(long input, long output, int pageShift, int rights, int attributes, long entry) {
        long end = output + (1L << pageShift);
        long at = output;
        while (at < end) {
            if (!guest.translates(at)) {
                at = guest.gapEnd();
                continue;
            }
            int shift = Math.min(pageShift, guest.pageShift());
            if (!visitor.leaf(
                    input + (at - output), guest.locate(at), shift, rights & guest.allowed(), attributes, entry)) {
                return false;
            }
            at = Math.min(end, guest.pageEnd());
        }
        return true;
    }
}
