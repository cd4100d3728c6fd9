package org.memvirt.runner.command;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.option.Sizes;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;
import org.memvirt.runner.inspect.Effective;
import org.memvirt.runner.inspect.Inspection;
import org.memvirt.runner.inspect.Style;
import org.memvirt.runner.inspect.Totals;
import org.memvirt.runner.report.JsonReport;

/** The report on addresses that page tables in an image translate. */
final class Translations {
    private final Inspection inspection;
    private final List<Long> addresses;

    Translations(Inspection inspection, List<Long> addresses) {
        this.inspection = inspection;
        this.addresses = addresses;
    }

    void write(OutputStream target, Style style) {
        PrintStream out = new PrintStream(target, false, StandardCharsets.UTF_8);
        switch (style) {
            case TEXT -> out.print("");
            case CSV -> out.print("address,output,pageSize,rights,fault\n");
            case JSON -> out.print("{\"schema\": \"memvirt-inspect/1\",\n \"translations\": [");
        }
        String separator = "";
        for (long address : addresses) {
            WalkSteps steps = new WalkSteps();
            Walk walk = inspection.translate(address, steps);
            WalkDrawing drawing = WalkDrawing.of(inspection.regime(), steps.steps(), walk);
            switch (style) {
                case TEXT -> out.print(separator + text(drawing, walk));
                case CSV -> out.print(row(address, walk));
                case JSON -> out.print(separator + "\n  " + json(address, walk, drawing.faultTree()));
            }
            separator = style == Style.JSON ? "," : "\n";
        }
        if (style == Style.JSON) {
            out.print("],\n" + Totals.of(inspection).json() + "\n}\n");
        }
        out.flush();
    }

    private String text(WalkDrawing drawing, Walk walk) {
        return walk.fault == Fault.OUT_OF_BOUNDS
                ? "%s  the image does not hold the entry at %#x%n".formatted(drawing.text(), inspection.missing())
                : drawing.text();
    }

    private static String row(long address, Walk walk) {
        return walk.succeeded()
                ? "%#x,%#x,%s,%s,\n".formatted(
                        address,
                        walk.outputAddress,
                        Sizes.ofPage(walk.pageShift),
                        Effective.text(walk.allowed))
                : "%#x,,,,%s\n".formatted(address, walk.fault);
    }

    private static String json(long address, Walk walk, @Nullable Map<String, Object> fault) {
        String result = walk.succeeded()
                ? "\"output\": \"%#x\", \"pageSize\": \"%s\"".formatted(
                        walk.outputAddress,
                        Sizes.ofPage(walk.pageShift))
                : "\"output\": null, \"pageSize\": null";
        return "{\"address\": \"%#x\", %s, \"fault\": %s}"
                .formatted(address, result, fault == null ? "null" : JsonReport.line(fault));
    }
}
