package org.memvirt.testkit;

import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.conform.CasePlayer;
import org.memvirt.conform.VectorFile;
import org.memvirt.conform.VectorPlayer;

/**
 * What an MMU with architected page tables owes to recordings of processors: every walk that they were recorded to make, made
 * again, ends as theirs did. The test of an MMU extends this class, gives the MMU and the recordings.
 */
public abstract class VectorContract extends RecordingContract {
    /** The MMU under test. */
    protected abstract ArchitectedPageTables mmu();

    @Override
    protected final CasePlayer player(VectorFile file) {
        return new VectorPlayer(file, mmu());
    }
}
