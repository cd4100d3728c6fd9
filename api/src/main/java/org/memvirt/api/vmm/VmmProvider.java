package org.memvirt.api.vmm;

import java.util.List;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;

/** The service by which a virtualization strategy is found; a class with a public constructor without parameters. */
public interface VmmProvider {
    /** Unique, lower-case: what {@code --vmm} takes. */
    String name();

    /** One line for people. */
    String description();

    /** Options that it takes. */
    default List<Option> options() {
        return List.of();
    }

    /** Whether there is a VMM at all; without one the guest owns the machine from host-physical address 0 on. */
    default boolean isVirtual() {
        return true;
    }

    /** Whether it translates guest-physical addresses with a second-stage page table that hardware walks. */
    boolean usesStageTwo();

    /**
     * Whether a guest's kernel runs deprivileged where hardware knows the TLB alone, so that its TLB instructions trap. It
     * then cannot use the segment that hardware does not translate, and is linked to another: {@link
     * org.memvirt.api.architecture.ArchitectedTlb#deprivilegedLayout}.
     */
    default boolean deprivileges() {
        return false;
    }

    /**
     * Makes a VM; called once a VM, before its vCPUs are made.
     *
     * @throws VmRefused when the host cannot hold the VM, or the strategy cannot run on this MMU
     */
    VirtualMachine create(Host host, Options options);
}
