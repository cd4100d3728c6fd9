package org.memvirt.vmm.shadow;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.memvirt.api.vmm.VmRefused;

/** How a guest's kernel is kept apart from its programs. */
enum Separation {
    /** By hardware's user and supervisor rights: the guest's kernel runs privileged. */
    HARDWARE("hardware", View.BOTH),
    /** Its kernel runs as its programs do: each has a table of its own, and a switch of modes loads the other. */
    TWO_TABLES("two-tables", View.PROGRAM, View.KERNEL),
    /** The same with one table for both, which is rewritten when the mode switches. Each vCPU needs its own. */
    REWRITE("rewrite", View.PROGRAM, View.KERNEL);

    private final String text;
    private final List<View> views;

    Separation(String text, View... views) {
        this.text = text;
        this.views = List.of(views);
    }

    /** For whom tables are. */
    List<View> views() {
        return views;
    }

    /** How many tables a vCPU has loaded for one root. */
    int tables() {
        return this == TWO_TABLES ? 2 : 1;
    }

    /** For whom a table is that is loaded in a mode. */
    View view(boolean inKernel) {
        return inKernel ? views.getLast() : views.getFirst();
    }

    /** @throws VmRefused for a text that names none */
    static Separation of(String text) {
        for (Separation separation : values()) {
            if (separation.text.equals(text)) {
                return separation;
            }
        }
        throw new VmRefused("strategy shadow: separation=%s is not one of %s"
                .formatted(text, Arrays.stream(values()).map(Separation::toString).collect(Collectors.joining(", "))));
    }

    @Override
    public String toString() {
        return text;
    }
}
