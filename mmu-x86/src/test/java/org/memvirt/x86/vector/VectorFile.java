package org.memvirt.x86.vector;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.tukaani.xz.XZInputStream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One file of recorded vectors: a header, and cases that are read one after another. */
public final class VectorFile {
    private static final String SCHEMA = "memvirt-vectors/1";
    private static final JsonMapper JSON = JsonMapper.shared();

    private final String name;
    private final BufferedReader lines;
    private final Header header;

    /** What the first line says of all cases. */
    public record Header(String oracle, String family, int cases, int accesses) {}

    /** @param compressed xz; read to its end by {@link #forEach} */
    public VectorFile(String name, InputStream compressed) throws IOException {
        this.name = name;
        lines = new BufferedReader(new InputStreamReader(new XZInputStream(compressed), StandardCharsets.UTF_8));
        JsonNode first = parse(1, lines.readLine());
        if (!first.path("schema").asString("").equals(SCHEMA)) {
            throw new IOException("%s: not of schema %s: %s".formatted(name, SCHEMA, first.path("schema")));
        }
        header = new Header(
                first.path("oracle").asString(),
                first.path("family").asString(),
                first.path("cases").asInt(),
                first.path("accesses").asInt());
    }

    public String name() {
        return name;
    }

    public Header header() {
        return header;
    }

    /** Reads every case. */
    public void forEach(Consumer<VectorCase> visitor) throws IOException {
        int cases = 0;
        int number = 1;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            visitor.accept(VectorCase.of(parse(++number, line)));
            cases++;
        }
        if (cases != header.cases()) {
            throw new IOException("%s: %d cases, its header says %d".formatted(name, cases, header.cases()));
        }
    }

    private JsonNode parse(int number, String line) throws IOException {
        if (line == null) {
            throw new IOException(name + ": empty");
        }
        try {
            return JSON.readTree(line);
        } catch (JacksonException e) {
            throw new IOException("%s:%d: no JSON: %s".formatted(name, number, e.getOriginalMessage()), e);
        }
    }
}
