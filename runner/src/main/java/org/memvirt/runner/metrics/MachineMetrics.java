package org.memvirt.runner.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.memvirt.engine.Meter;
import org.memvirt.runner.file.ReplacedFile;

/**
 * The meters of all machines of a command as Prometheus text. A scrape reads what the machines publish of their counters;
 * nothing is done for it while they run. docs/prometheus.md lists the metrics.
 */
public final class MachineMetrics {
    private static final String BYTES = "bytes";

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    // Micrometer holds what it reads by weak references alone.
    private final List<Meter> meters = new ArrayList<>();

    /**
     * Adds the meters of a machine.
     *
     * @param labels what tells the machine from others: mmu, format, vmm
     */
    public synchronized void add(Map<String, String> labels, List<Meter> machineMeters) {
        for (Meter meter : machineMeters) {
            meters.add(meter);
            Tags tags = tags(labels).and(tags(meter.labels()));
            String name = "memvirt." + meter.name();
            // Prometheus wants units in names only where they are units of measurement.
            String unit = meter.unit().equals(BYTES) ? BYTES : null;
            if (meter.monotonic()) {
                FunctionCounter.builder(name, meter, Meter::value)
                        .tags(tags)
                        .description(meter.description())
                        .baseUnit(unit)
                        .register(registry);
            } else {
                Gauge.builder(name, meter, Meter::value)
                        .tags(tags)
                        .description(meter.description())
                        .baseUnit(unit)
                        .register(registry);
            }
        }
    }

    private static Tags tags(Map<String, String> labels) {
        return Tags.of(labels.entrySet().stream()
                .map(label -> Tag.of(label.getKey(), label.getValue()))
                .toList());
    }

    /** All metrics as they stand, in Prometheus' text format 0.0.4. */
    public String text() {
        return registry.scrape();
    }

    /** Writes {@link #text} to a file, whole, as a textfile collector wants it. */
    public void write(Path file) throws IOException {
        ReplacedFile.write(file, text());
    }
}
