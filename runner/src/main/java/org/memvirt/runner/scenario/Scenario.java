package org.memvirt.runner.scenario;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.engine.MachineScript;

/**
 * A scenario that makes sense from beginning to end.
 *
 * @param text how it could be given again
 * @param firstMemory bytes of the VM that it begins with
 * @param firstVcpus vCPUs of that
 * @param mostLive the most memory that guests have at one time, in bytes
 * @param hostMemory what it asks for, in bytes, or -1
 * @param reclaim what it asks for, as {@code --reclaim} takes it, or null
 * @param pageContents what it asks for, as {@code --page-contents} takes it, or null
 * @param config what was resolved, by long option name
 */
public record Scenario(
        String text, List<Action> actions, long firstMemory, int firstVcpus, long mostLive, long hostMemory,
        @Nullable String reclaim, @Nullable Long pageContents, Map<String, Object> config) {
    /** Whether it has the host do things, which a strategy may refuse. */
    public boolean asksHost() {
        return actions.stream().anyMatch(Action.OfHost.class::isInstance);
    }

    /** Whether it logs what guests store to. */
    public boolean logs() {
        return actions.stream().anyMatch(action -> action instanceof Action.Log || action instanceof Action.Migrate);
    }

    /** Something that plays it once. */
    public MachineScript play(long quantum) {
        return new ScenarioPlay(actions, quantum);
    }
}
