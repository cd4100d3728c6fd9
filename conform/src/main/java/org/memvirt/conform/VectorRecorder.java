package org.memvirt.conform;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.architecture.EncodedFault;
import org.memvirt.api.architecture.TlbProcessor;
import org.memvirt.api.walk.Walk;

/**
 * Writes the cases that are played again as vectors, with memvirt's own answers in place of the recorded ones. What a case
 * asks is copied as it stands.
 */
public final class VectorRecorder implements VectorListener {
    /** Members of an access that are the processor's answer, or a remark on it. */
    private static final Set<String> ANSWERS = Set.of("expect", "deviation", "par");

    /** Numbers that the format writes in decimal. */
    private static final Set<String> DECIMAL = Set.of("vector", "reason", "fst", "stage", "level");

    /** That of a step that changes something and tells nothing. */
    private static final String NO_ANSWER = "";

    private final JsonReader json;
    private final VectorListener next;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final List<String> answers = new ArrayList<>();

    /**
     * A recorder of some cases of a file.
     *
     * @param next is told of mismatches
     */
    public VectorRecorder(VectorFile file, VectorListener next) {
        json = new JsonReader(file.name());
        this.next = next;
    }

    /**
     * The header of the recording of a file's cases.
     *
     * @param oracle who answers
     */
    public static byte[] header(VectorFile file, String oracle) throws BadVectors {
        JsonReader json = new JsonReader(file.name());
        byte[] line = file.headerLine();
        json.begin(line, 0, line.length, 1);
        Copy copy = new Copy(line);
        copy.text("{\"schema\":").quoted(VectorHeader.SCHEMA);
        boolean hasTables = true;
        json.beginObject();
        while (json.nextMember()) {
            String name = json.name();
            int from = json.position();
            json.skip();
            hasTables &= !name.equals(VectorHeader.STEPS);
            switch (name) {
                case "schema", "notes", VectorHeader.ACCESSED_UPDATE -> {
                    // Written anew, or remarks on the other oracle.
                }
                case "oracle" -> copy.text(",\"oracle\":").quoted(oracle);
                default -> copy.member(name, from, json.positionAfter());
            }
        }
        if (hasTables) {
            copy.text(",\"%s\":".formatted(VectorHeader.ACCESSED_UPDATE))
                    .quoted(file.header().accessedUpdate().name().toLowerCase(Locale.ROOT));
        }
        return copy.text("}\n").bytes();
    }

    /** The lines of all cases that have ended. */
    public byte[] bytes() {
        return out.toByteArray();
    }

    @Override
    public void mismatch(Mismatch mismatch) {
        next.mismatch(mismatch);
    }

    @Override
    public void answered(Walk walk, boolean intermediate, @Nullable EncodedFault fault) {
        answers.add(fault == null
                ? "{\"%s\":\"%#x\"}".formatted(intermediate ? "ipa" : "pa", walk.outputAddress)
                : text(fault));
        next.answered(walk, intermediate, fault);
    }

    private static String text(EncodedFault fault) {
        // An exit that Intel's processors report by its basic reason is told apart from what is delivered.
        StringBuilder text = new StringBuilder(fault.fields().containsKey("reason") ? "{\"exit\":{" : "{\"fault\":{");
        String separator = "";
        if (fault.fields().containsKey("exitcode")) {
            text.append("\"npf\":true");
            separator = ",";
        }
        for (Map.Entry<String, Long> field : fault.fields().entrySet()) {
            text.append(separator).append('"').append(field.getKey()).append("\":");
            text.append((DECIMAL.contains(field.getKey()) ? "%d" : "\"%#x\"").formatted(field.getValue()));
            separator = ",";
        }
        return text.append("}}").toString();
    }

    @Override
    public void answered(TlbProcessor.Answer answer) {
        answers.add(answer.fields().isEmpty() ? NO_ANSWER : text(answer.fields()));
        next.answered(answer);
    }

    /** Fields as an object; {@code outer.inner} is a member of a member, and those of one stand together. */
    private static String text(Map<String, String> fields) {
        StringBuilder text = new StringBuilder("{");
        String outer = "";
        for (Map.Entry<String, String> field : fields.entrySet()) {
            int dot = field.getKey().indexOf('.');
            String its = dot < 0 ? "" : field.getKey().substring(0, dot);
            if (!its.equals(outer)) {
                text.append(outer.isEmpty() ? "" : "}");
                text.append(separator(text)).append(its.isEmpty() ? "" : "\"%s\":{".formatted(its));
                outer = its;
            }
            String value = field.getValue();
            text.append(separator(text)).append('"').append(field.getKey().substring(dot + 1)).append("\":");
            text.append(value.startsWith("0x") ? "\"%s\"".formatted(value) : value);
        }
        return text.append(outer.isEmpty() ? "}" : "}}").toString();
    }

    private static String separator(StringBuilder text) {
        return text.charAt(text.length() - 1) == '{' || text.charAt(text.length() - 1) == ',' ? "" : ",";
    }

    @Override
    public void ended(VectorLines lines, int index, long[] changed) {
        try {
            out.writeBytes(line(lines, index, changed));
        } catch (BadVectors e) {
            throw new IllegalStateException("a line that was played cannot be read again", e);
        }
        answers.clear();
        next.ended(lines, index, changed);
    }

    private byte[] line(VectorLines lines, int index, long[] changed) throws BadVectors {
        json.begin(lines.bytes, lines.start(index), lines.end(index), lines.number(index));
        Copy copy = new Copy(lines.bytes);
        copy.text("{");
        json.beginObject();
        while (json.nextMember()) {
            String name = json.name();
            int from = json.position();
            if (name.equals("accesses") || name.equals("steps")) {
                copy.name(name).text("[");
                copyAccesses(copy);
                copy.text("]");
            } else {
                json.skip();
                if (!name.startsWith("after")) {
                    copy.member(name, from, json.positionAfter());
                }
            }
        }
        if (changed.length > 0) {
            copy.name("after").text("{");
            for (int i = 0; i < changed.length; i += 2) {
                copy.name("%#x".formatted(changed[i])).quoted("%#x".formatted(changed[i + 1]));
            }
            copy.text("}");
        }
        return copy.text("}\n").bytes();
    }

    private void copyAccesses(Copy copy) throws BadVectors {
        int count = 0;
        json.beginArray();
        while (json.nextElement()) {
            copy.text(count == 0 ? "{" : ",{");
            json.beginObject();
            while (json.nextMember()) {
                String name = json.name();
                int from = json.position();
                json.skip();
                if (!ANSWERS.contains(name)) {
                    copy.member(name, from, json.positionAfter());
                }
            }
            if (!answers.get(count).isEmpty()) {
                copy.name("expect").text(answers.get(count));
            }
            copy.text("}");
            count++;
        }
    }

    /** JSON that is put together from pieces, some of them of a line that is there. */
    private static final class Copy {
        private final byte[] source;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private char last = '{';

        Copy(byte[] source) {
            this.source = source;
        }

        byte[] bytes() {
            return bytes.toByteArray();
        }

        Copy text(String text) {
            bytes.writeBytes(text.getBytes(UTF_8));
            last = text.charAt(text.length() - 1);
            return this;
        }

        Copy quoted(String text) {
            StringBuilder quoted = new StringBuilder("\"");
            text.chars().forEach(each -> {
                if (each == '"' || each == '\\') {
                    quoted.append('\\').append((char) each);
                } else if (each < ' ') {
                    quoted.append("\\u%04x".formatted(each));
                } else {
                    quoted.append((char) each);
                }
            });
            return text(quoted.append('"').toString());
        }

        /** The name of a member, after a comma unless it is the first. */
        Copy name(String name) {
            if (last != '{') {
                text(",");
            }
            return quoted(name).text(":");
        }

        /** A member whose value is that piece of the source. */
        void member(String name, int from, int to) {
            name(name);
            bytes.write(source, from, to - from);
            last = '"';
        }
    }
}
