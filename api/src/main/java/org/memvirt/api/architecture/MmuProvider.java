package org.memvirt.api.architecture;

/** The service by which an MMU is found; a class with a public constructor without parameters. */
public interface MmuProvider {
    /** Unique, lower-case: what {@code --mmu} takes. */
    String name();

    /** One line for people. */
    String description();

    /** What the MMU offers; the same object's worth at every call. */
    MmuArchitecture architecture();
}
