package org.memvirt.runner.command;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.option.Sizes;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.tlb.SoftwareTlb.Entry;
import org.memvirt.api.tlb.SoftwareTlb.Half;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.Machine;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.cpu.Counters;

/** What a guest's software does at a miss of a TLB that it fills, as text for people, or as a tree for JSON. */
final class RefillDrawing {
    private final Machine machine;
    private final long address;
    private final int access;
    private final RefillSteps steps = new RefillSteps();
    private final Entry entry = new Entry();
    private final int index;
    private final Walk walk;
    private final Counters counters;

    /** Makes the access on a machine that has just booted. */
    RefillDrawing(Machine machine, long address, int access) {
        this.machine = machine;
        this.address = address;
        this.access = access;
        index = machine.single().refill(address, access, steps, entry);
        counters = machine.counters();
        walk = machine.vcpu().ask(address, access, null);
    }

    private PageTableFormat format() {
        return machine.config().format();
    }

    String text() {
        StringBuilder text = new StringBuilder();
        text.append("%s of gVA %s, strategy %s%n"
                .formatted(Rights.text(access), hex(address), machine.config().vmm().name()));
        text.append("  software's table  %s, %d levels, root %s%n"
                .formatted(format().name(), format().levels(), hex(walk.root)));
        if (index < 0) {
            return text.append("\n  fault: %s; the guest kernel does not let its program%n".formatted(walk.fault))
                    .toString();
        }
        text.append("\n  no entry matches: an exception, and a handler loads");
        text.append(isLinear() ? ", of level 1 where the TLB translates the table\n" : "\n");
        List<WalkSteps.Step> made = steps.loads();
        int width = made.stream().mapToInt(step -> hex(step.address()).length()).max().orElse(0);
        text.append("   #  %-5s  %s  %-18s  %s%n".formatted(
                "level", padded(width, isLinear() ? "entry at" : "entry at gPA"), "entry", "which says"));
        for (int i = 0; i < made.size(); i++) {
            WalkSteps.Step step = made.get(i);
            String start = String.format(Locale.ROOT, "%4d  L%-4d  %s  0x%016x  ", i + 1, step.guestLevel(),
                    padded(width, hex(step.address())), step.entry());
            text.append(start).append(Wrapped.text(meaning(step), start.length())).append('\n');
        }
        text.append("\n  it writes entry %d, tag %d%s, pages of %s%n".formatted(index, entry.tag,
                entry.global ? ", global" : "", Sizes.ofPage(entry.pageShift)));
        text.append(half(entry.address, entry.even));
        text.append(half(entry.address + (1L << entry.pageShift), entry.odd));
        text.append(steps.text());
        text.append("\n  hPA %s%n".formatted(hex(walk.outputAddress)));
        text.append("  %d loads, %d instructions, %d exits%s%n".formatted(
                counters.get(Count.HANDLER_LOADS),
                counters.get(Count.HANDLER_INSTRUCTIONS),
                counters.exits.total(),
                counters.exits.total() == 0 ? "" : " " + counters.exits.byCause()));
        return text.toString();
    }

    /** Whether the lowest tables are read at virtual addresses. */
    private boolean isLinear() {
        return machine.config().mmu() instanceof ArchitectedTlb mmu
                && mmu.layout(machine.config().tlbPreset()).hasLinearTable();
    }

    private static String padded(int width, String text) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }

    private String half(long page, Half half) {
        return half.valid
                ? "    %s  to gPA %s, allows %s%n".formatted(hex(page), hex(half.output), Rights.text(half.allowed))
                : "    %s  invalid%n".formatted(hex(page));
    }

    private String meaning(WalkSteps.Step step) {
        return format().describe(step.guestLevel(), step.address(), step.entry());
    }

    Map<String, Object> tree(Map<String, Object> config) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("schema", "memvirt-walk/1");
        tree.put("version", Version.number());
        tree.put("config", config);
        tree.put("address", hex(address));
        tree.put("access", Rights.text(access));
        tree.put("root", hex(walk.root));
        tree.put("references", 0);
        tree.put("loads", steps.loads().stream().map(this::stepTree).toList());
        tree.put("instructions", counters.get(Count.HANDLER_INSTRUCTIONS));
        tree.put("exits", counters.exits.byCause());
        steps.addTo(tree);
        if (index < 0) {
            tree.put("fault", Map.of("kind", walk.fault.name()));
            return tree;
        }
        Map<String, Object> written = new LinkedHashMap<>();
        written.put("index", index);
        written.put("address", hex(entry.address));
        written.put("pageSize", Sizes.ofPage(entry.pageShift));
        written.put("tag", entry.tag);
        written.put("global", entry.global);
        written.put("even", halfTree(entry.even));
        written.put("odd", halfTree(entry.odd));
        tree.put("entry", written);
        tree.put("outputAddress", hex(walk.outputAddress));
        return tree;
    }

    private static Map<String, Object> halfTree(Half half) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("valid", half.valid);
        tree.put("output", hex(half.output));
        tree.put("allowed", Rights.text(half.allowed));
        return tree;
    }

    private Map<String, Object> stepTree(WalkSteps.Step step) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("level", step.guestLevel());
        tree.put("address", hex(step.address()));
        tree.put("entry", "0x%016x".formatted(step.entry()));
        tree.put("meaning", meaning(step));
        return tree;
    }

    private static String hex(long number) {
        return "0x%012x".formatted(number);
    }
}
