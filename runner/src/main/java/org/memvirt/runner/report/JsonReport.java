package org.memvirt.runner.report;

import java.math.BigDecimal;
import java.util.List;
import java.util.stream.Stream;
import org.memvirt.engine.SimulationResult;
import org.memvirt.engine.count.Section;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.ser.std.StdSerializer;

/** Results as JSON: the schemas {@code memvirt-result/1} and {@code memvirt-compare/1}. */
public final class JsonReport {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .disable(MapperFeature.SORT_CREATOR_PROPERTIES_FIRST)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .addModule(new SimpleModule().addSerializer(double.class, new PlainDecimal()).addSerializer(
                    Double.class, new PlainDecimal()))
            .build();

    private final String version;

    public JsonReport(String version) {
        this.version = version;
    }

    /** Any records, maps and lists as JSON, in their own order. */
    public static String text(Object value) {
        return MAPPER.writeValueAsString(value) + "\n";
    }

    /** The same in one line, without its end. */
    public static String line(Object value) {
        return MAPPER.writer().without(SerializationFeature.INDENT_OUTPUT).writeValueAsString(value);
    }

    /** One run. */
    public String run(RunReport report) {
        return text(tree(report));
    }

    /** Several runs of one input. */
    public String compare(List<RunReport> reports) {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("schema", "memvirt-compare/1");
        root.put("version", version);
        ArrayNode results = root.putArray("results");
        reports.forEach(report -> results.add(tree(report)));
        return text(root);
    }

    ObjectNode tree(RunReport report) {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("schema", "memvirt-result/1");
        root.put("version", version);
        root.set("config", MAPPER.valueToTree(report.config()));
        if (report.isPartial()) {
            root.put("partial", true);
            root.put("error", report.error());
        }
        if (report.audit() != null) {
            ObjectNode audit = root.putObject("audit");
            audit.put("passed", report.audit().isEmpty());
            audit.set("violations", MAPPER.valueToTree(report.audit()));
        }
        root.set("leftOut", MAPPER.valueToTree(report.leftOut()));
        ObjectNode result = MAPPER.valueToTree(report.result());
        result.remove("strategy");
        if (report.result().stageTwoWalkCache() == null) {
            result.remove("stageTwoWalkCache");
        }
        if (report.result().timeLine() == null) {
            result.remove("timeLine");
        }
        if (report.result().guest().isEmpty()) {
            result.remove("guest");
        }
        Stream.of(Section.REFILL, Section.MEMORY, Section.HOST).forEach(section -> unwrapCounts(result, section));
        root.setAll(result);
        SimulationResult.Strategy strategy = report.result().strategy();
        if (!strategy.counts().isEmpty()) {
            ObjectNode counts = MAPPER.valueToTree(strategy.counts());
            root.set(strategy.name(), counts);
            if (!strategy.tableUse().isEmpty()) {
                counts.set("tableUse", MAPPER.valueToTree(strategy.tableUse()));
            }
        }
        return root;
    }

    /** Puts the counts of a section among the other keys of its place. */
    private static void unwrapCounts(ObjectNode result, Section section) {
        ObjectNode place = (ObjectNode) result.at("/" + section.path().replace('.', '/'));
        ObjectNode before = place.deepCopy();
        place.removeAll();
        before.properties().forEach(entry -> {
            if (entry.getKey().equals("counts")) {
                place.setAll((ObjectNode) entry.getValue());
            } else {
                place.set(entry.getKey(), entry.getValue());
            }
        });
    }

    /** Writes decimals without an exponent, and what is no number as null. */
    private static final class PlainDecimal extends StdSerializer<Double> {
        PlainDecimal() {
            super(Double.class);
        }

        @Override
        public void serialize(Double value, JsonGenerator generator, SerializationContext context) {
            if (Double.isFinite(value)) {
                BigDecimal decimal = BigDecimal.valueOf(value);
                generator.writeNumber(decimal.scale() < 1 ? decimal.setScale(1) : decimal);
            } else {
                generator.writeNull();
            }
        }
    }
}
