package org.memvirt.runner.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import org.memvirt.runner.usage.WrongUsage;

/** Serves metrics over HTTP at {@code /metrics} until it is closed. */
public final class MetricsServer implements AutoCloseable {
    private static final String PATH = "/metrics";
    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";
    private static final String PLAIN_TEXT = "text/plain; charset=utf-8";
    private static final int OK = 200;
    private static final int NOT_FOUND = 404;
    private static final int METHOD_NOT_ALLOWED = 405;

    private final HttpServer server;
    private final MachineMetrics metrics;

    /**
     * Begins to serve.
     *
     * @param port 0 for any that is free
     * @throws WrongUsage when the host is unknown or the port is taken
     */
    public MetricsServer(String host, int port, MachineMetrics metrics) throws IOException {
        this.metrics = metrics;
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getByName(host), port), 0);
        } catch (UnknownHostException e) {
            throw new WrongUsage("--metrics-host %s: there is no such host".formatted(host), e);
        } catch (BindException e) {
            throw new WrongUsage(
                    "--metrics-port %d: it cannot be opened on %s (%s); take another, or 0 for any that is free"
                            .formatted(port, host, e.getMessage()),
                    e);
        }
        server.createContext("/", this::answer);
        server.start();
    }

    /** Where the metrics are. */
    public String address() {
        InetSocketAddress at = server.getAddress();
        String host = at.getAddress().getHostAddress();
        return "http://%s:%d%s".formatted(host.contains(":") ? "[" + host + "]" : host, at.getPort(), PATH);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String method = exchange.getRequestMethod();
            if (!exchange.getRequestURI().getPath().equals(PATH)) {
                send(exchange, NOT_FOUND, PLAIN_TEXT, "The metrics are at " + PATH + ".\n");
            } else if (!method.equals("GET") && !method.equals("HEAD")) {
                exchange.getResponseHeaders().set("Allow", "GET, HEAD");
                send(exchange, METHOD_NOT_ALLOWED, PLAIN_TEXT, "Only GET and HEAD.\n");
            } else {
                send(exchange, OK, PROMETHEUS_TEXT, metrics.text());
            }
        }
    }

    private static void send(HttpExchange exchange, int status, String type, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(status, -1);
        } else {
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
