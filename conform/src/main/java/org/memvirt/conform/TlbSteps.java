package org.memvirt.conform;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.architecture.RecordedStep;
import org.memvirt.api.architecture.TlbProcessor;
import org.memvirt.api.architecture.TlbProcessor.Answer;

/** Carries out recorded steps on a processor, one after another, and compares its answers. */
final class TlbSteps {
    private final TlbProcessor processor;

    TlbSteps(TlbProcessor processor) {
        this.processor = processor;
    }

    /** What became of a step: the answer, and whether it is as recorded. */
    record Outcome(Answer answer, boolean agrees) {}

    /**
     * Carries out one step.
     *
     * @throws IllegalArgumentException when the processor cannot do it, or what is expected is no value
     */
    Outcome play(RecordedStep step) {
        Answer answer = processor.step(step.operation(), step.operands());
        boolean agrees = true;
        for (Map.Entry<String, String> each : step.expected().entrySet()) {
            String name = each.getKey();
            long expected = number(name, each.getValue());
            String got = answer.fields().get(name);
            long open = step.implementationDependent() ? answer.openBits().getOrDefault(name, 0L) : 0;
            agrees &= got != null && ((expected ^ number(name, got)) & ~open) == 0;
        }
        return new Outcome(answer, agrees);
    }

    private static long number(String name, String text) {
        switch (text) {
            case "true":
                return 1;
            case "false":
                return 0;
            default:
                try {
                    return text.startsWith("0x")
                            ? Long.parseUnsignedLong(text, 2, text.length(), 16)
                            : Long.parseLong(text);
                } catch (NumberFormatException e) {
                    throw new IllegalArgumentException(
                            "%s='%s' is no number; write decimal, hexadecimal after 0x, true or false"
                                    .formatted(name, text),
                            e);
                }
        }
    }

    /**
     * A step whose answer is not as recorded.
     *
     * @param index of its line among those that were read together
     * @param at its number in the case
     */
    static Mismatch mismatch(String caseId, long line, int index, int at, RecordedStep step, Answer answer) {
        return new Mismatch(
                caseId,
                line,
                index,
                at,
                step.operation() + text(step.operands(), null),
                text(step.expected(), null).strip(),
                text(answer.fields(), step.expected()).strip());
    }

    /** The fields, or those of them that others name, too; all if none of those is there. */
    private static String text(Map<String, String> fields, @Nullable Map<String, String> among) {
        StringBuilder text = new StringBuilder();
        fields.forEach((name, value) -> {
            if (among == null || among.containsKey(name)) {
                text.append(' ').append(name).append('=').append(value);
            }
        });
        return text.isEmpty() && among != null ? text(fields, null) : text.toString();
    }
}
