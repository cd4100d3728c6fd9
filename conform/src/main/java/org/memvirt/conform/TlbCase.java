package org.memvirt.conform;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.architecture.RecordedStep;

/**
 * One recorded case of an architected TLB.
 *
 * @param configuration of the processor
 * @param entries of its TLB at the beginning
 * @param steps in order, each on the TLB that those before it left
 */
record TlbCase(
        String id, Map<String, String> configuration, List<Map<String, String>> entries, List<RecordedStep> steps) {

    static TlbCase read(JsonReader json) throws BadVectors {
        String id = null;
        Map<String, String> configuration = null;
        List<Map<String, String>> entries = List.of();
        List<RecordedStep> steps = null;
        json.beginObject();
        while (json.nextMember()) {
            switch (json.name()) {
                case "id" -> id = json.text();
                case "config" -> configuration = scalars(json);
                case "initialTlb" -> entries = entries(json);
                case "steps" -> steps = steps(json);
                default -> json.skip();
            }
        }
        json.end();
        return new TlbCase(
                given(json, "id", id), given(json, "config", configuration), entries, given(json, "steps", steps));
    }

    private static List<Map<String, String>> entries(JsonReader json) throws BadVectors {
        List<Map<String, String>> entries = new ArrayList<>();
        json.beginArray();
        while (json.nextElement()) {
            entries.add(scalars(json));
        }
        return entries;
    }

    private static List<RecordedStep> steps(JsonReader json) throws BadVectors {
        List<RecordedStep> steps = new ArrayList<>();
        json.beginArray();
        while (json.nextElement()) {
            int position = json.position();
            RecordedStep step = step(json);
            if (step.operation().isEmpty()) {
                throw json.wrong(position, "a step with \"op\"");
            }
            if (step.isAccess() && step.expected().isEmpty()) {
                throw json.wrong(position, "an access with what is to \"expect\"");
            }
            steps.add(step);
        }
        return steps;
    }

    private static RecordedStep step(JsonReader json) throws BadVectors {
        String operation = "";
        Map<String, String> operands = new LinkedHashMap<>();
        Map<String, String> expected = new LinkedHashMap<>();
        boolean implementationDependent = false;
        json.beginObject();
        while (json.nextMember()) {
            String name = json.name();
            switch (name) {
                case "op" -> operation = json.text();
                case "expect" -> readAnswer(json, expected);
                case "implementationDependent" -> implementationDependent = json.truth();
                default -> operands.put(name, json.scalar());
            }
        }
        return new RecordedStep(operation, operands, expected, implementationDependent);
    }

    private static void readAnswer(JsonReader json, Map<String, String> expected) throws BadVectors {
        json.beginObject();
        while (json.nextMember()) {
            String name = json.name();
            if (json.isScalar()) {
                expected.put(name, json.scalar());
            } else {
                json.beginObject();
                while (json.nextMember()) {
                    expected.put(name + "." + json.name(), json.scalar());
                }
            }
        }
    }

    private static Map<String, String> scalars(JsonReader json) throws BadVectors {
        Map<String, String> scalars = new LinkedHashMap<>();
        VectorHeader.readRegisters(json, scalars);
        return scalars;
    }

    private static <T> T given(JsonReader json, String name, @Nullable T value) throws BadVectors {
        if (value == null) {
            throw json.wrong("the case has no \"%s\"".formatted(name), null);
        }
        return value;
    }
}
