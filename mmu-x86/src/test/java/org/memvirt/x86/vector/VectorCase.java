package org.memvirt.x86.vector;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import tools.jackson.databind.JsonNode;

/**
 * One recorded case: registers, tables, accesses in order with what the CPU did, and the tables afterwards.
 *
 * @param config registers by name, as text
 * @param memory aligned 64-bit words by address
 * @param after words that changed, by the address of a word of {@code wordBytes}
 * @param unsure addresses of words whose accessed and dirty bits the recorder leaves otherwise than the manual says
 * @param wordBytes bytes of the words of {@code after} and {@code unsure}
 */
public record VectorCase(
        String id,
        Map<String, String> config,
        Map<Long, Long> memory,
        List<Access> accesses,
        Map<Long, Long> after,
        Set<Long> unsure,
        int wordBytes) {

    /**
     * One access.
     *
     * @param access {@link Rights} that it needs
     * @param outputAddress where it went, or null when it failed
     * @param fault the fields of the fault, where the manual contradicts the recorder by the manual; empty when there
     *     is none
     * @param deviates whether {@code fault} was corrected
     * @param unjudged whether the recorder departs from the manual so far that this access and all after it say nothing
     */
    public record Access(
            long address,
            int access,
            @Nullable Long outputAddress,
            Map<String, Long> fault,
            boolean deviates,
            boolean unjudged) {}

    static VectorCase of(JsonNode node) {
        int wordBytes = node.path("wordBytes").asInt(8);
        Map<String, String> config = new LinkedHashMap<>();
        node.path("config").properties().forEach(each -> config.put(each.getKey(), each.getValue().asString()));
        Map<Long, Long> memory = new HashMap<>();
        node.path("memory").properties().forEach(each -> {
            long address = number(each.getKey());
            memory.merge(address & -8, number(each.getValue()) << (address & 7) * 8, (a, b) -> a | b);
        });
        List<Access> accesses = new ArrayList<>();
        node.path("accesses").forEach(each -> accesses.add(access(each)));
        Map<Long, Long> after = new HashMap<>();
        node.path("after").properties().forEach(each -> after.put(number(each.getKey()), number(each.getValue())));
        Set<Long> unsure = new HashSet<>();
        node.path("afterQuirk").forEach(each -> unsure.add(number(each)));
        return new VectorCase(node.path("id").asString(), config, memory, accesses, after, unsure, wordBytes);
    }

    private static Access access(JsonNode node) {
        JsonNode expect = node.path("expect");
        boolean user = node.path("mode").asString().equals("user");
        int right =
                switch (node.path("op").asString()) {
                    case "R" -> Rights.USER_READ;
                    case "W" -> Rights.USER_WRITE;
                    case "X" -> Rights.USER_EXECUTE;
                    default -> throw new IllegalArgumentException("no operation: " + node);
                };
        Map<String, Long> fault = new LinkedHashMap<>();
        boolean deviates = false;
        JsonNode told = expect.has("exit") ? expect.path("exit") : expect.path("fault");
        for (Map.Entry<String, JsonNode> field : told.properties()) {
            String name = field.getKey();
            if (name.startsWith("sdm") || name.startsWith("apm")) {
                // sdmError is what the manual says that the field error should be.
                deviates = true;
                name = Character.toLowerCase(name.charAt(3)) + name.substring(4);
            }
            if (!field.getValue().isBoolean()) {
                fault.put(name, number(field.getValue()));
            }
        }
        String deviation = node.path("deviation").asString("");
        switch (deviation) {
            case "walk-qualification-bit0" -> {
                fault.merge("qualification", 1L, (a, b) -> a | b);
                deviates = true;
            }
            case "", "guest-ad-unwritable" -> {}
            default -> throw new IllegalArgumentException("no deviation that is known: " + deviation);
        }
        return new Access(
                number(node.path("va")),
                user ? right : right << Rights.SUPERVISOR_SHIFT,
                expect.has("pa") ? (Long) number(expect.path("pa")) : null,
                fault,
                deviates,
                deviation.equals("guest-ad-unwritable"));
    }

    private static long number(JsonNode node) {
        return node.isNumber() ? node.asLong() : number(node.asString());
    }

    private static long number(String text) {
        if (!text.startsWith("0x")) {
            throw new IllegalArgumentException("no hexadecimal number: " + text);
        }
        return Long.parseUnsignedLong(text.substring(2), 16);
    }
}
