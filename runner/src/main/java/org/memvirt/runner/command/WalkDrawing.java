package org.memvirt.runner.command;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.api.architecture.EncodedFault;
import org.memvirt.api.architecture.Regime;
import org.memvirt.api.option.Sizes;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.TableRoot;
import org.memvirt.api.walk.Stage;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.Machine;
import org.memvirt.engine.MachineConfig;

/** One walk as text for people, or as a tree for JSON. */
final class WalkDrawing {
    private static final String HEX = "0x%012x";
    private static final String ENTRY = "0x%016x";

    private final String subtitle;
    private final PageTableFormat format;
    private final @Nullable PageTableFormat second;
    private final List<WalkSteps.Step> steps;
    private final Walk walk;
    private final @Nullable EncodedFault fault;

    private WalkDrawing(
            String subtitle,
            PageTableFormat format,
            @Nullable PageTableFormat second,
            Function<Walk, EncodedFault> encode,
            List<WalkSteps.Step> steps,
            Walk walk) {
        this.subtitle = subtitle;
        this.format = format;
        this.second = second;
        this.steps = steps;
        this.walk = walk;
        fault = walk.succeeded() ? null : encode.apply(walk);
    }

    /**
     * A walk of a simulated machine.
     *
     * @param walk the walk that made {@code steps}, ended
     */
    static WalkDrawing of(Machine machine, List<WalkSteps.Step> steps, Walk walk) {
        MachineConfig config = machine.config();
        return new WalkDrawing(
                ", strategy " + config.vmm().name(), machine.vcpu().format(), config.stageTwo(),
                config.mmu() instanceof ArchitectedPageTables tables ? tables::encode : WalkDrawing::plainly, steps,
                walk);
    }

    /** How a fault is told where no hardware walks. */
    private static EncodedFault plainly(Walk failed) {
        return new EncodedFault(failed.fault.name(), Map.of());
    }

    /**
     * A walk of tables that registers set up.
     *
     * @param walk the walk that made {@code steps}, ended
     */
    static WalkDrawing of(Regime regime, List<WalkSteps.Step> steps, Walk walk) {
        TableRoot below = regime.stageTwo();
        return new WalkDrawing(
                "", regime.stageOne(walk.inputAddress).format(), below == null ? null : below.format(), regime::encode,
                steps, walk);
    }

    String text() {
        StringBuilder text = new StringBuilder();
        String asked = walk.access == Rights.NONE ? "translation" : Rights.text(walk.access);
        text.append("%s of gVA %s%s%n".formatted(asked, hex(walk.inputAddress), subtitle));
        text.append("  stage 1  %s, %d levels, root %s%n"
                .formatted(format.name(), format.levels(), hex(walk.root)));
        if (second != null) {
            text.append("  stage 2  %s, %d levels%n".formatted(second.name(), second.levels()));
        }
        if (second != null && !steps.isEmpty()) {
            text.append('\n').append(figure(second));
        }
        if (!steps.isEmpty()) {
            text.append('\n').append(list(second));
        }
        return text.append('\n').append(end()).toString();
    }

    /** The order of the references, a row an address that stage 2 translates. */
    private String figure(PageTableFormat second) {
        StringBuilder text = new StringBuilder("  %-16s".formatted("to translate"));
        for (int host = second.levels(); host >= 1; host--) {
            text.append("%8s".formatted("host " + level(second, host)));
        }
        text.append("   then read\n");
        for (int guest = format.levels(); guest >= 0; guest--) {
            StringBuilder row = new StringBuilder();
            for (int host = second.levels(); host >= 1; host--) {
                row.append("%8s".formatted(number(guest, host)));
            }
            String own = guest == 0 ? "" : number(guest, 0);
            if (!row.toString().isBlank() || !own.isEmpty()) {
                String label = guest == 0 ? "final gPA" : "gPA of guest " + level(format, guest);
                String read = own.isEmpty() ? "" : "%6s guest %s".formatted(own, level(format, guest));
                text.append("  %-16s%s%s".formatted(label, row, read).stripTrailing()).append('\n');
            }
        }
        return text.toString();
    }

    /** As the manual counts. */
    private static String level(PageTableFormat format, int level) {
        return "L" + format.levelNumber(level);
    }

    private String number(int guest, int host) {
        for (int i = 0; i < steps.size(); i++) {
            if (steps.get(i).guestLevel() == guest && steps.get(i).hostLevel() == host) {
                return Integer.toString(i + 1);
            }
        }
        return "";
    }

    private String list(@Nullable PageTableFormat second) {
        int numberWidth = Math.max(2, Integer.toString(steps.size()).length());
        int levelWidth = second == null ? "level".length() : "guest L1".length();
        int addressWidth = "at hPA".length();
        int entryWidth = "entry".length();
        for (WalkSteps.Step step : steps) {
            addressWidth = Math.max(addressWidth, plain(step.address()).length());
            entryWidth = Math.max(entryWidth, plain(step.entry()).length());
        }
        String row = "%%%ds  %%-%ds  %%-%ds  %%-%ds  ".formatted(numberWidth, levelWidth, addressWidth, entryWidth);
        StringBuilder text = new StringBuilder(row.formatted("#", "level", "at hPA", "entry") + "which says\n");
        for (int i = 0; i < steps.size(); i++) {
            WalkSteps.Step step = steps.get(i);
            String level = second == null
                    ? level(format, step.guestLevel())
                    : (step.guestLevel() == 0 ? "final" : "guest " + level(format, step.guestLevel()));
            if (step.hostLevel() > 0 && second != null) {
                level = " host " + level(second, step.hostLevel());
            }
            String start = row.formatted(i + 1, level, plain(step.address()), plain(step.entry()));
            text.append(start);
            text.append(Wrapped.text(meaning(step), start.length())).append('\n');
        }
        return text.toString();
    }

    private static String plain(long number) {
        return "0x" + Long.toHexString(number);
    }

    private String meaning(WalkSteps.Step step) {
        return step.hostLevel() > 0 && second != null
                ? second.describe(step.hostLevel(), step.address(), step.entry())
                : format.describe(step.guestLevel(), step.address(), step.entry());
    }

    private String end() {
        String count = "%d reference%s%n".formatted(steps.size(), steps.size() == 1 ? "" : "s");
        if (fault == null) {
            String sizes = walk.stage2Shift == 0
                    ? ""
                    : " (%s in stage 1, %s in stage 2)"
                            .formatted(Sizes.ofPage(walk.stage1Shift), Sizes.ofPage(walk.stage2Shift));
            return "  hPA %s, %s page%s, allows %s%n  %s"
                    .formatted(
                            hex(walk.outputAddress),
                            Sizes.ofPage(walk.pageShift),
                            sizes,
                            Rights.text(walk.allowed),
                            count);
        }
        StringBuilder text = new StringBuilder("  fault: %s in stage %d at level %d, for address %s%s%n"
                .formatted(
                        walk.fault,
                        walk.faultStage.number(),
                        (walk.faultStage == Stage.STAGE_2 && second != null ? second : format)
                                .levelNumber(walk.faultLevel),
                        hex(walk.faultAddress),
                        walk.faultOnTable ? " of a page table" : ""));
        List<String> report = new ArrayList<>(List.of("hardware reports " + fault.name()));
        fault.fields().forEach((field, value) -> report.add("%s %#x".formatted(field, value)));
        text.append("  ").append(Wrapped.parts(report, "  ", 2));
        return text.append('\n').append("  ").append(count).toString();
    }

    /** The fault for JSON, or null when there is none. */
    @Nullable Map<String, Object> faultTree() {
        return fault == null ? null : faultTree(fault);
    }

    Map<String, Object> tree(Map<String, Object> config) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("schema", "memvirt-walk/1");
        tree.put("version", Version.number());
        tree.put("config", config);
        tree.put("address", hex(walk.inputAddress));
        tree.put("access", Rights.text(walk.access));
        tree.put("root", hex(walk.root));
        tree.put("references", steps.size());
        tree.put("steps", steps.stream().map(this::stepTree).toList());
        if (fault == null) {
            tree.put("outputAddress", hex(walk.outputAddress));
            tree.put("pageSize", Sizes.ofPage(walk.pageShift));
            tree.put("stage1PageSize", Sizes.ofPage(walk.stage1Shift));
            if (walk.stage2Shift != 0) {
                tree.put("stage2PageSize", Sizes.ofPage(walk.stage2Shift));
            }
            tree.put("allowed", Rights.text(walk.allowed));
        } else {
            tree.put("fault", faultTree(fault));
        }
        return tree;
    }

    private Map<String, Object> stepTree(WalkSteps.Step step) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("guestLevel", step.guestLevel());
        tree.put("hostLevel", step.hostLevel());
        tree.put("address", hex(step.address()));
        tree.put("entry", ENTRY.formatted(step.entry()));
        tree.put("meaning", meaning(step));
        return tree;
    }

    private Map<String, Object> faultTree(EncodedFault encoded) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("kind", walk.fault.name());
        tree.put("stage", walk.faultStage.number());
        tree.put("level", walk.faultLevel);
        tree.put("address", hex(walk.faultAddress));
        tree.put("onTable", walk.faultOnTable);
        tree.put("name", encoded.name());
        Map<String, Object> fields = new LinkedHashMap<>();
        encoded.fields().forEach((field, value) -> fields.put(field, "0x%x".formatted(value)));
        tree.put("fields", fields);
        return tree;
    }

    private static String hex(long number) {
        return HEX.formatted(number);
    }
}
