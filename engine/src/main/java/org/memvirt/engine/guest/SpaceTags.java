package org.memvirt.engine.guest;

/** Under which tag each address space runs on each CPU, and which CPUs must flush when it changes. */
sealed interface SpaceTags permits PooledTags, TagsPerCpu {
    /**
     * What loading an address space on a CPU takes.
     *
     * @param flushes whether what is cached under the tag goes
     * @param rollsOver whether all tags begin anew, and all CPUs flush all of them before
     */
    record Load(int tag, boolean flushes, boolean rollsOver) {}

    /**
     * The space is about to run on the CPU.
     *
     * @param running what runs on each CPU until then
     */
    Load load(AddressSpace space, int cpu, Process[] running);

    /** Whether anything can be cached of the space. */
    boolean isCached(AddressSpace space);

    /** The tag that the space has on a CPU where it runs or has run. */
    int tagOn(AddressSpace space, int cpu);

    /** Whether a space has one tag on all CPUs, so that one operation of hardware can reach them. */
    boolean areOfAllCpus();

    /** Whether a CPU must flush a change of the space now, rather than when it next runs there. */
    boolean mustFlush(AddressSpace space, int cpu, boolean runsThere);

    /** The space has changed, and the CPUs that must flush are about to. */
    default void changed(AddressSpace space) {}

    /** A CPU has flushed what changed. */
    default void flushed(AddressSpace space, int cpu) {}
}
