package org.memvirt.runner.scenario;

import java.util.List;
import java.util.Map;
import org.memvirt.engine.MachineScript;

/**
 * A scenario that makes sense from beginning to end.
 *
 * @param text how it could be given again
 * @param firstMemory bytes of the VM that it begins with
 * @param firstVcpus vCPUs of that
 * @param mostLive the most memory that guests have at one time, in bytes
 * @param hostMemory what it asks for, in bytes, or -1
 * @param config what was resolved, by long option name
 */
public record Scenario(
        String text, List<Action> actions, long firstMemory, int firstVcpus, long mostLive, long hostMemory,
        Map<String, Object> config) {
    /** Something that plays it once. */
    public MachineScript play(long quantum) {
        return new ScenarioPlay(actions, quantum);
    }
}
