package org.memvirt.runner.trace;

import java.io.IOException;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.GuestEvent;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.runner.usage.WrongUsage;

/** A source whose addresses are folded into those that programs have: see {@link Folding}. */
public final class FoldedSource implements AccessSource {
    private final AccessSource source;
    private final Folding folding;

    /** @param userEnd the address after the last that a program may have */
    public FoldedSource(AccessSource source, long userEnd, Folding folding) {
        this.source = source;
        this.folding = folding;
        folding.begin(userEnd);
    }

    @Override
    public boolean fill(AccessBatch batch) throws IOException {
        if (!source.fill(batch)) {
            return false;
        }
        if (folding.isNeeded()) {
            for (GuestEvent event : batch.events()) {
                if (event instanceof GuestEvent.Map
                        || event instanceof GuestEvent.MapShared
                        || event instanceof GuestEvent.Unmap
                        || event instanceof GuestEvent.Protect
                        || event instanceof GuestEvent.Flush) {
                    throw new WrongUsage("--fold-addresses: the input maps ranges (%s), which do not stay in one piece"
                            .formatted(event));
                }
            }
            for (int i = 0; i < batch.length; i++) {
                batch.addresses[i] = folding.fold(batch.addresses[i]);
            }
        }
        return true;
    }

    @Override
    public double progress() {
        return source.progress();
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
