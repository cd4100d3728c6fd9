package org.memvirt.testkit;

import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.conform.CasePlayer;
import org.memvirt.conform.TlbPlayer;
import org.memvirt.conform.VectorFile;

/**
 * What an MMU with an architected TLB owes to recordings of processors: every instruction and access that they were recorded
 * to carry out, carried out again, ends as theirs did. The test of an MMU extends this class, gives the MMU and the recordings.
 */
public abstract class TlbVectorContract extends RecordingContract {
    /** The MMU under test. */
    protected abstract ArchitectedTlb mmu();

    @Override
    protected final CasePlayer player(VectorFile file) {
        return new TlbPlayer(file, mmu());
    }

    /** What the architecture leaves open it leaves open to memvirt, too. */
    @Override
    protected long ownDeviations(Recording recording) {
        return recording.deviations();
    }
}
