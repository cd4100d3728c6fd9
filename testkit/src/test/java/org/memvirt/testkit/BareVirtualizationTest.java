package org.memvirt.testkit;

import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;

/** The engine alone keeps what a strategy must keep; what it cannot know are a machine's bounds. */
final class BareVirtualizationTest extends VirtualizationContract {
    private final PageTableFormat format = PlainFormat.usual();

    @Override
    protected VmmProvider vmm() {
        return new BareMachine();
    }

    @Override
    protected PageTableFormat format() {
        return format;
    }

    @Override
    protected boolean letsHostMoveMemory() {
        return false;
    }

    @Override
    @Test
    @Disabled("without a strategy there is no bound")
    void aGuestThatReachesBeyondItsMemoryIsStopped() {}
}
