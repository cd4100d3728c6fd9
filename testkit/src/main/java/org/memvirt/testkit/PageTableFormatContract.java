package org.memvirt.testkit;

import org.memvirt.testkit.format.EditingContract;
import org.memvirt.testkit.format.FaultContract;
import org.memvirt.testkit.format.GrowthContract;
import org.memvirt.testkit.format.HistoryContract;
import org.memvirt.testkit.format.ListingContract;
import org.memvirt.testkit.format.OwnershipContract;
import org.memvirt.testkit.format.ResumedWalkContract;
import org.memvirt.testkit.format.TwoStageContract;
import org.memvirt.testkit.format.WalkBatchContract;
import org.memvirt.testkit.format.WalkCostContract;

/**
 * All that a page-table format owes. The test of a format extends this class, gives the format, and overrides what
 * {@link org.memvirt.testkit.format.FormatUnderTest} asks where the format differs from the plainest one.
 */
public abstract class PageTableFormatContract
        implements
        EditingContract,
        HistoryContract,
        GrowthContract,
        FaultContract,
        ListingContract,
        OwnershipContract,
        WalkCostContract,
        ResumedWalkContract,
        WalkBatchContract,
        TwoStageContract {}
