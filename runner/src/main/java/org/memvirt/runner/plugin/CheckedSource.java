package org.memvirt.runner.plugin;

import java.io.IOException;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.api.workload.BadTrace;

/** A source that a plug-in made: what it gives is checked before it is played. */
public final class CheckedSource implements AccessSource {
    private final AccessSource source;
    private final String plugin;
    private long given;

    private CheckedSource(AccessSource source, String plugin) {
        this.source = source;
        this.plugin = plugin;
    }

    /**
     * The source that a service made; one of the folder is checked.
     *
     * @param kind what the service is, for messages
     * @throws PluginFault when it is null
     */
    public static AccessSource of(Plugin<?> plugin, String kind, AccessSource source) {
        AccessSource made = plugin.answered(kind, "a source of accesses", source);
        return plugin.isOfFolder() ? new CheckedSource(made, plugin.describe(kind)) : made;
    }

    @Override
    public boolean fill(AccessBatch batch) throws IOException {
        boolean filled;
        try {
            filled = source.fill(batch);
        } catch (BadTrace e) {
            throw e;
        } catch (IOException e) {
            if (e.getMessage() == null) {
                throw PluginFault.in(plugin, e).after(given);
            }
            throw e;
        } catch (RuntimeException | Error e) {
            throw PluginFault.in(plugin, e).after(given);
        }
        check(batch, filled);
        given += batch.length;
        return filled;
    }

    private void check(AccessBatch batch, boolean filled) {
        if (batch.length < 0 || batch.length > batch.capacity()) {
            throw PluginFault.of(plugin, "says that it has filled %d places of a batch that has %d"
                    .formatted(batch.length, batch.capacity())).after(given);
        }
        if (!filled && !batch.isEmpty()) {
            throw PluginFault.of(plugin, "says that there are no more accesses, and gives %d".formatted(batch.length))
                    .after(given);
        }
        for (int i = 0; i < batch.length; i++) {
            if (!Rights.areOfOneAccess(batch.kinds[i])) {
                throw PluginFault.of(plugin, "gives an access of rights %#x, which no access can need"
                        .formatted(batch.kinds[i])).after(given + i);
            }
        }
    }

    @Override
    public double progress() {
        return source.progress();
    }

    @Override
    public void close() throws IOException {
        try {
            source.close();
        } catch (RuntimeException | Error e) {
            throw PluginFault.in(plugin, e);
        }
    }
}
