package org.memvirt.conform;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.radix.RadixFormat.AccessedUpdate;

/**
 * The first line of a file of vectors: what it says of all cases.
 *
 * @param arch the architecture: the name of an MMU
 * @param oracle who was asked
 * @param family the name of the recording
 * @param steps of an architected TLB, accesses among them; where a recording has none, as many as accesses
 * @param wordBytes of a table's word: 8 or 4
 * @param accessedUpdate when the oracle writes accessed bits above a leaf, which architectures leave open
 * @param registers what holds for every case: the registers told apart, and all that may be some, by name
 */
public record VectorHeader(
        String arch,
        String oracle,
        String family,
        long cases,
        long accesses,
        long steps,
        int wordBytes,
        AccessedUpdate accessedUpdate,
        Map<String, String> registers) {
    static final String SCHEMA = "memvirt-vectors/1";

    /** The member that memvirt writes of itself, so that its recordings need no guess. */
    static final String ACCESSED_UPDATE = "accessedUpdate";

    /** The member that recordings of an architected TLB have. */
    static final String STEPS = "steps";

    /** Bochs sets accessed bits together once a walk has passed its checks; QEMU, and processors, on the way down. */
    private static final String COMPLETING_ORACLE = "Bochs";

    static VectorHeader read(JsonReader json) throws BadVectors {
        String schema = null;
        String arch = null;
        String oracle = null;
        String family = null;
        long cases = -1;
        long accesses = -1;
        long steps = -1;
        int wordBytes = Long.BYTES;
        AccessedUpdate accessedUpdate = null;
        Map<String, String> registers = new LinkedHashMap<>();
        json.beginObject();
        while (json.nextMember()) {
            String name = json.name();
            switch (name) {
                case "schema" -> schema = schema(json);
                case "arch" -> arch = json.text();
                case "oracle" -> oracle = json.text();
                case "family" -> family = json.text();
                case "cases" -> cases = count(json);
                case "accesses" -> accesses = count(json);
                case STEPS -> steps = count(json);
                case "wordBytes" -> wordBytes = wordBytes(json);
                case ACCESSED_UPDATE -> accessedUpdate = accessedUpdate(json);
                case "id_registers" -> readRegisters(json, registers);
                case "description", "seed", "notes" -> json.skip();
                default -> {
                    // A capability of the processor, or words for people.
                    if (json.isScalar() && !json.isProse()) {
                        registers.put(name, json.scalar());
                    } else {
                        json.skip();
                    }
                }
            }
        }
        json.end();
        if (schema == null) {
            throw json.wrong("the header has no \"schema\"; it should be \"%s\"".formatted(SCHEMA), null);
        }
        if (cases < 0 || accesses < 0) {
            throw json.wrong("the header does not say how many \"cases\" and \"accesses\" there are", null);
        }
        String known = given(json, "oracle", oracle);
        return new VectorHeader(
                given(json, "arch", arch),
                known,
                given(json, "family", family),
                cases,
                accesses,
                steps < 0 ? accesses : steps,
                wordBytes,
                accessedUpdate == null ? usual(known) : accessedUpdate,
                registers);
    }

    static void readRegisters(JsonReader json, Map<String, String> registers) throws BadVectors {
        json.beginObject();
        while (json.nextMember()) {
            registers.put(json.name(), json.scalar());
        }
    }

    static int wordBytes(JsonReader json) throws BadVectors {
        int position = json.position();
        long bytes = json.number();
        if (bytes != Long.BYTES && bytes != Integer.BYTES) {
            throw json.wrong(position, "4 or 8, the bytes of a word");
        }
        return (int) bytes;
    }

    private static String schema(JsonReader json) throws BadVectors {
        String schema = json.text();
        if (!schema.equals(SCHEMA)) {
            throw json.wrong(
                    "the file is of schema '%s'; this version of memvirt plays '%s'".formatted(schema, SCHEMA), null);
        }
        return schema;
    }

    private static long count(JsonReader json) throws BadVectors {
        int position = json.position();
        long count = json.number();
        if (count < 0) {
            throw json.wrong(position, "a number that is not negative");
        }
        return count;
    }

    private static AccessedUpdate accessedUpdate(JsonReader json) throws BadVectors {
        int position = json.position();
        return switch (json.text()) {
            case "descending" -> AccessedUpdate.DESCENDING;
            case "completed" -> AccessedUpdate.COMPLETED;
            default -> throw json.wrong(position, "\"descending\" or \"completed\"");
        };
    }

    private static AccessedUpdate usual(String oracle) {
        return oracle.startsWith(COMPLETING_ORACLE) ? AccessedUpdate.COMPLETED : AccessedUpdate.DESCENDING;
    }

    private static String given(JsonReader json, String name, @Nullable String value) throws BadVectors {
        if (value == null) {
            throw json.wrong("the header has no \"%s\"".formatted(name), null);
        }
        return value;
    }
}
