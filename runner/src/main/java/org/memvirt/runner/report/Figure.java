package org.memvirt.runner.report;

import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.memvirt.engine.SimulationResult;

/** One line of the table: a label, and how its figure is taken from a result and written. */
final class Figure {
    /** How a figure is written. */
    enum Unit {
        COUNT {
            @Override
            String text(double value) {
                return Numbers.whole(Math.round(value));
            }
        },
        DECIMAL {
            @Override
            String text(double value) {
                return Numbers.decimal(value);
            }
        },
        BYTES {
            @Override
            String text(double value) {
                return Numbers.bytes(Math.round(value));
            }
        },
        LARGE {
            @Override
            String text(double value) {
                return Numbers.large(value);
            }
        };

        abstract String text(double value);
    }

    private final String label;
    private final Unit unit;
    private final @Nullable ToDoubleFunction<SimulationResult> value;
    private @Nullable ToDoubleFunction<SimulationResult> whole;
    private String of = "";
    private boolean compared = true;

    private Figure(String label, Unit unit, @Nullable ToDoubleFunction<SimulationResult> value) {
        this.label = label;
        this.unit = unit;
        this.value = value;
    }

    static Figure heading(String label) {
        return new Figure(label, Unit.COUNT, null);
    }

    static Figure of(String label, Unit unit, ToDoubleFunction<SimulationResult> value) {
        return new Figure("  " + label, unit, value);
    }

    /** The same, and what it is a share of. */
    Figure shareOf(String name, ToDoubleFunction<SimulationResult> newWhole) {
        whole = newWhole;
        of = name;
        return this;
    }

    /** The same, which says nothing of the machines and is not compared between runs. */
    Figure notCompared() {
        compared = false;
        return this;
    }

    /** Whether its ratio to another run's means something. */
    boolean isCompared() {
        return compared;
    }

    boolean isHeading() {
        return value == null;
    }

    String label() {
        return label;
    }

    double value(SimulationResult result) {
        return value == null ? 0 : value.applyAsDouble(result);
    }

    String text(double number) {
        return unit.text(number);
    }

    /** The figure as a share, such as {@code   1.20% of accesses}; empty when it is a share of nothing. */
    String share(SimulationResult result) {
        double all = whole == null ? 0 : whole.applyAsDouble(result);
        return all == 0 ? "" : "%7s of %s".formatted(Numbers.percent(value(result) / all), of);
    }
}
