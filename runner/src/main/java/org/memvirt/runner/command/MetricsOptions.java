package org.memvirt.runner.command;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.memvirt.runner.usage.WrongUsage;
import picocli.CommandLine.Option;

/** The options that say how Prometheus gets at the counters. */
final class MetricsOptions {
    private static final String LOOPBACK = "127.0.0.1";
    private static final int HIGHEST_PORT = 65535;

    @Option(names = "--metrics-port", paramLabel = "PORT",
            description = "Serve the counters to Prometheus during the run; 0 takes any port that is free.")
    @Nullable Integer port;

    @Option(names = "--metrics-host", paramLabel = "HOST",
            description = "The address to serve them on (default: " + LOOPBACK + ").")
    @Nullable String host;

    @Option(names = "--metrics-file", paramLabel = "FILE", description = "Write them to a file at the end.")
    @Nullable Path file;

    boolean wanted() {
        return port != null || file != null;
    }

    String hostOrLoopback() {
        return host == null ? LOOPBACK : host;
    }

    void check() {
        if (host != null && port == null) {
            throw new WrongUsage("--metrics-host %s: it needs --metrics-port".formatted(host));
        }
        if (port != null && (port < 0 || port > HIGHEST_PORT)) {
            throw new WrongUsage("--metrics-port %d: a port is from 0 to %d".formatted(port, HIGHEST_PORT));
        }
    }
}
