package org.memvirt.runner.config;

import java.util.Map;
import org.memvirt.engine.MachineConfig;

/**
 * A machine to be made.
 *
 * @param mmu the MMU's name
 * @param config what was resolved, by long option name
 */
public record MachineChoice(MachineConfig machine, String mmu, Map<String, Object> config) {
    /** The strategy's name. */
    public String vmm() {
        return machine.vmm().name();
    }
}
