package org.memvirt.conform;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.memvirt.api.access.Rights;

/**
 * One access of a case and what the processor did, where the manual contradicts the recorder by the manual.
 *
 * @param address that the program used
 * @param needed {@link Rights} that the access needs
 * @param privilegedAccessNever whether the privileged may not touch what users may, for this access (Arm's PAN)
 * @param stageOneOnly whether the final address is not sent through stage 2 (Arm's AT S1E0R and its like)
 * @param succeeds whether it reached {@code output}; else it failed as {@code fields} and {@code values} tell
 * @param fields of the fault, by the manual's names
 * @param values of these fields
 * @param deviates whether the recorder departs from the manual here, as the file marks
 * @param unjudged whether it departs so far that this access, and all that the case tells after it, say nothing
 */
record RecordedAccess(
        long address,
        int needed,
        boolean privilegedAccessNever,
        boolean stageOneOnly,
        boolean succeeds,
        long output,
        List<String> fields,
        long[] values,
        boolean deviates,
        boolean unjudged) {
    /** The prefixes of fields that tell the manual's value of another: {@code sdmError} of {@code error}. */
    private static final Set<String> MANUALS = Set.of("sdm", "apm");

    private static final int PREFIX = 3;

    /** More fields than any fault has. */
    private static final int MOST_FIELDS = 64;

    /** Fields of a usual fault. */
    private static final int FEW = 4;

    private static final long[] NONE = {};

    /** With EPT's accessed and dirty flags a guest-table access is a read and a write: SDM, exit qualifications. */
    private static final String LACKS_READ = "walk-qualification-bit0";

    /** A guest's accessed or dirty bit was written to a page that EPT write-protects. */
    private static final String WROTE_UNWRITABLE = "guest-ad-unwritable";

    /** Of {@code expect}, as it is read. */
    private static final class Expected {
        boolean given;
        boolean succeeds;
        boolean intermediate;
        boolean deviates;
        long output;
        List<String> fields = List.of();
        long[] values = NONE;

        void put(String field, long value) {
            int at = fields.indexOf(field);
            if (at < 0) {
                at = fields.size();
                if (at == 0) {
                    fields = new ArrayList<>(FEW);
                }
                fields.add(field);
                values = Arrays.copyOf(values, at + 1);
            }
            values[at] = value;
        }

        /** The manual's value stands, whether it is told before or after the recorder's. */
        void putCorrected(String field, long value, List<String> corrected) {
            put(field, value);
            corrected.add(field);
            deviates = true;
        }
    }

    static RecordedAccess read(JsonReader json) throws BadVectors {
        Expected expected = new Expected();
        int start = json.position();
        long address = 0;
        boolean addressed = false;
        int right = 0;
        int user = -1;
        boolean pan = false;
        boolean stageOneOnly = false;
        String deviation = "";
        json.beginObject();
        while (json.nextMember()) {
            switch (json.name()) {
                case "va" -> {
                    address = json.number();
                    addressed = true;
                }
                case "op" -> right = right(json);
                case "mode" -> user = user(json);
                case "el" -> user = exceptionLevel(json);
                case "pan" -> pan = json.truth();
                case "at" -> stageOneOnly = json.text().startsWith("S1E");
                case "expect" -> readExpected(json, expected);
                case "deviation" -> deviation = deviation(json);
                default -> json.skip();
            }
        }
        if (!addressed || right == 0 || user < 0 || !expected.given) {
            throw json.wrong(start, "an access with \"va\", \"op\", \"mode\" or \"el\", and \"expect\"");
        }
        if (deviation.equals(LACKS_READ)) {
            int at = expected.fields.indexOf("qualification");
            if (at < 0) {
                throw json.wrong(start, "a \"qualification\", where %s is marked".formatted(LACKS_READ));
            }
            expected.values[at] |= 1;
        }
        return new RecordedAccess(
                address,
                user == 1 ? right : right << Rights.SUPERVISOR_SHIFT,
                pan,
                stageOneOnly || expected.intermediate,
                expected.succeeds,
                expected.output,
                Collections.unmodifiableList(expected.fields),
                expected.values,
                expected.deviates || deviation.equals(LACKS_READ),
                deviation.equals(WROTE_UNWRITABLE));
    }

    private static int right(JsonReader json) throws BadVectors {
        int position = json.position();
        return switch (json.text()) {
            case "R" -> Rights.USER_READ;
            case "W" -> Rights.USER_WRITE;
            case "X" -> Rights.USER_EXECUTE;
            default -> throw json.wrong(position, "an \"op\": \"R\", \"W\" or \"X\"");
        };
    }

    private static int user(JsonReader json) throws BadVectors {
        int position = json.position();
        return switch (json.text()) {
            case "user" -> 1;
            case "supervisor" -> 0;
            default -> throw json.wrong(position, "a \"mode\": \"user\" or \"supervisor\"");
        };
    }

    private static int exceptionLevel(JsonReader json) throws BadVectors {
        int position = json.position();
        long level = json.number();
        if (level < 0 || level > 3) {
            throw json.wrong(position, "an exception level, 0 to 3");
        }
        return level == 0 ? 1 : 0;
    }

    private static String deviation(JsonReader json) throws BadVectors {
        int position = json.position();
        String deviation = json.text();
        if (!deviation.equals(LACKS_READ) && !deviation.equals(WROTE_UNWRITABLE)) {
            throw json.wrong(
                    position,
                    "a \"deviation\" that is known: \"%s\" or \"%s\"".formatted(LACKS_READ, WROTE_UNWRITABLE));
        }
        return deviation;
    }

    private static void readExpected(JsonReader json, Expected expected) throws BadVectors {
        int position = json.position();
        json.beginObject();
        while (json.nextMember()) {
            String name = json.name();
            switch (name) {
                case "pa", "ipa" -> {
                    expected.succeeds = true;
                    expected.intermediate = name.equals("ipa");
                    expected.output = json.number();
                }
                case "fault", "exit" -> readFault(json, expected);
                default -> {
                    json.skip();
                    continue;
                }
            }
            if (expected.given) {
                throw json.wrong(position, "one answer: \"pa\", \"ipa\", \"fault\" or \"exit\"");
            }
            expected.given = true;
        }
    }

    private static void readFault(JsonReader json, Expected expected) throws BadVectors {
        List<String> corrected = new ArrayList<>(0);
        json.beginObject();
        while (json.nextMember()) {
            if (expected.fields.size() == MOST_FIELDS) {
                throw json.wrong(json.position(), "at most %d fields of a fault".formatted(MOST_FIELDS));
            }
            String name = json.name();
            if (json.isTruth() || json.isProse()) {
                json.skip(); // What the numbers say already, in words.
            } else if (name.length() > PREFIX && MANUALS.contains(name.substring(0, PREFIX))) {
                String field = Character.toLowerCase(name.charAt(PREFIX)) + name.substring(PREFIX + 1);
                expected.putCorrected(field, json.number(), corrected);
            } else {
                long value = json.number();
                if (!corrected.contains(name)) {
                    expected.put(name, value);
                }
            }
        }
    }
}
