package org.memvirt.runner.plugin;

import org.jspecify.annotations.Nullable;

/** A plug-in of the folder did what its interface forbids; the message names it and its jar. */
public final class PluginFault extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final boolean certain;
    private final boolean placed;

    private PluginFault(String message, @Nullable Throwable cause, boolean certain, boolean placed) {
        super(message, cause);
        this.certain = certain;
        this.placed = placed;
    }

    /** @param did what it did: {@code "gives no page table"} */
    public static PluginFault of(String plugin, String did) {
        return new PluginFault("the plug-in %s %s".formatted(plugin, did), null, true, false);
    }

    /** The code of the plug-in threw something, or what it called did. */
    static PluginFault in(String plugin, Throwable failure) {
        return new PluginFault("the plug-in %s failed: %s".formatted(plugin, describe(failure)), failure, true, false);
    }

    /** Something was thrown while the plug-in was in use, and not in its code: it may have answered null, say. */
    static PluginFault beside(String plugin, Throwable failure) {
        return new PluginFault(
                "memvirt cannot go on with the plug-in %s: %s".formatted(plugin, describe(failure)), failure, false,
                false);
    }

    /** The same, with how many accesses had been carried out, unless that is told already. */
    public PluginFault after(long accesses) {
        return placed ? this : new PluginFault("%s (at access %d, counted from 0)".formatted(getMessage(), accesses),
                this, certain, true);
    }

    /** Whether it arose in the plug-in's code, or is in what the plug-in answered. */
    public boolean isCertain() {
        return certain;
    }

    /** What was thrown, in words; what only carries another failure is passed over. */
    static String describe(Throwable problem) {
        String message = problem.getMessage();
        if (message == null && problem.getCause() != null) {
            return describe(problem.getCause());
        }
        return problem.getClass().getSimpleName() + (message == null ? "" : ": " + message);
    }
}
