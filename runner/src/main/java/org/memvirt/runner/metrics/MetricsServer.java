package org.memvirt.runner.metrics;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.memvirt.runner.usage.WrongUsage;

/**
 * Serves metrics over HTTP at {@code /metrics} until it is closed: a connection a request, a virtual thread a connection.
 * Slow clients keep nobody out: a connection is closed after some seconds, and the oldest when there are too many. (The
 * JDK's own server can be told such limits for the whole process alone, and leaves requests for odd addresses unanswered.)
 */
public final class MetricsServer implements AutoCloseable {
    private static final int MOST_CONNECTIONS = 256;
    private static final long LONGEST_NANOS = 5_000_000_000L;
    private static final int SWEEP_MILLIS = 250;
    private static final int BACKLOG = 128;

    /** A client, and when it came. */
    private record Connection(Socket socket, long since) {}

    private final ServerSocket server;
    private final MetricsAnswer answer;
    private final Deque<Connection> connections = new ArrayDeque<>();
    private final Thread thread = new Thread(this::serve, "memvirt-metrics");

    /**
     * Takes the port; a client that comes now waits until {@link #begin}.
     *
     * @param port 0 for any that is free
     * @throws WrongUsage when the host is unknown or the port is taken
     */
    public MetricsServer(String host, int port, MachineMetrics metrics) throws IOException {
        answer = new MetricsAnswer(metrics);
        try {
            server = new ServerSocket(port, BACKLOG, InetAddress.getByName(host));
        } catch (UnknownHostException e) {
            throw new WrongUsage("--metrics-host %s: there is no such host".formatted(host), e);
        } catch (BindException e) {
            throw new WrongUsage(
                    "--metrics-port %d: it cannot be opened on %s (%s); take another, or 0 for any that is free"
                            .formatted(port, host, e.getMessage()),
                    e);
        }
        server.setSoTimeout(SWEEP_MILLIS);
        thread.setDaemon(true);
    }

    /** Begins to serve; false when it has begun already. */
    public boolean begin() {
        if (thread.getState() != Thread.State.NEW) {
            return false;
        }
        thread.start();
        return true;
    }

    /** Where the metrics are. */
    public String address() {
        InetSocketAddress at = (InetSocketAddress) server.getLocalSocketAddress();
        String host = at.getAddress().getHostAddress();
        return "http://%s:%d%s".formatted(host.contains(":") ? "[" + host + "]" : host, at.getPort(),
                MetricsAnswer.PATH);
    }

    private void serve() {
        while (!server.isClosed()) {
            try {
                begin(new Connection(server.accept(), System.nanoTime()));
            } catch (SocketTimeoutException e) {
                closeOverdue(); // Nobody came for a while.
            } catch (IOException e) {
                if (!server.isClosed()) {
                    closeOldest(); // It may be that there are no more descriptors.
                }
            }
        }
    }

    private void begin(Connection connection) {
        closeOverdue();
        synchronized (connections) {
            connections.addLast(connection);
            if (connections.size() > MOST_CONNECTIONS) {
                closeOldest();
            }
        }
        Thread.ofVirtual().name("memvirt-metrics-client").start(() -> {
            answer.serve(connection.socket());
            synchronized (connections) {
                connections.remove(connection);
            }
        });
    }

    private void closeOverdue() {
        synchronized (connections) {
            while (!connections.isEmpty() && System.nanoTime() - connections.getFirst().since() > LONGEST_NANOS) {
                closeOldest();
            }
        }
    }

    private void closeOldest() {
        synchronized (connections) {
            if (!connections.isEmpty()) {
                MetricsAnswer.close(connections.removeFirst().socket());
            }
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        synchronized (connections) {
            while (!connections.isEmpty()) {
                closeOldest();
            }
        }
    }
}
