package org.memvirt.runner.plugin;

import org.jspecify.annotations.Nullable;

/** The plug-ins that one command works with, once it has looked for them. */
public final class PluginUse {
    private volatile PluginFolder folder = PluginFolder.empty();

    /** Notes where the command found them. */
    public PluginFolder open(PluginFolder found) {
        folder = found;
        if (!found.paths().isEmpty()) {
            ExitWatch.begin(found);
        }
        return found;
    }

    /** What went wrong, told as the fault of one of them; null when they had no part in it. */
    public @Nullable PluginFault faultIn(Throwable failure) {
        return folder.faultIn(failure);
    }
}
