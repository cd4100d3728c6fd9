package org.memvirt.runner.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.tlb.TlbProvider;
import org.memvirt.runner.plugin.JarMaker;

/** A TLB that is one jar is chosen by its name, and its counts are those of a run. */
class TlbPluginTest {
    @TempDir
    private Path folder;

    private CommandLineRun run(String... arguments) {
        String[] all = new String[arguments.length + 2];
        System.arraycopy(arguments, 0, all, 0, arguments.length);
        all[arguments.length] = "--plugins";
        all[arguments.length + 1] = folder.toString();
        return CommandLineRun.of(all);
    }

    /** One entry for each value of the lowest bits of a page's number. */
    private static String tlb(String name) {
        return """
                import java.util.*;
                import org.memvirt.api.access.*;
                import org.memvirt.api.option.*;
                import org.memvirt.api.tlb.*;
                import org.memvirt.api.walk.*;
                public final class Direct implements TlbProvider {
                    public String name() { return "%s"; }
                    public String description() { return "one entry a set, for a test"; }
                    public List<Option> options() {
                        return List.of(new Option("entries", Option.Kind.INTEGER, "64", "a power of two"));
                    }
                    public Tlb create(Options options, long seed) { return new Table((int) options.integer("entries")); }

                    private static final class Table implements Tlb {
                        final long[] page, output;
                        final int[] space, vm, allowed;
                        final boolean[] global;
                        final Counts counts = new Counts("direct", 1);
                        final int mask;
                        int currentSpace, currentVm, missed = -1;
                        long missedAddress;

                        Table(int entries) {
                            mask = entries - 1;
                            page = new long[entries]; output = new long[entries];
                            space = new int[entries]; vm = new int[entries]; allowed = new int[entries];
                            global = new boolean[entries];
                        }
                        boolean hits(long address, int needed) {
                            int at = (int) (address >>> 12) & mask;
                            return page[at] == address >>> 12 && Rights.permit(allowed[at], needed)
                                    && (global[at] ? vm[at] == currentVm : space[at] == currentSpace);
                        }
                        public int advance(AccessBatch batch, int from, int to) {
                            for (int i = from; i < to; i++) {
                                if (!hits(batch.addresses[i], batch.kinds[i])) { counts.misses++; return i; }
                                counts.hits++;
                            }
                            return to;
                        }
                        public void insert(Walk walk, int needed) {
                            int at = (int) (walk.inputAddress >>> 12) & mask;
                            page[at] = walk.inputAddress >>> 12;
                            output[at] = walk.outputAddress & -4096;
                            allowed[at] = walk.allowed;
                            global[at] = walk.global;
                            space[at] = currentSpace;
                            vm[at] = currentVm;
                        }
                        public void cancelMiss(int needed) { counts.misses--; }
                        public void select(int newVm, int newSpace) { currentVm = newVm; currentSpace = newSpace; }
                        public void invalidateAll() { Arrays.fill(allowed, 0); }
                        boolean isOf(Target owners, int at) {
                            return global[at] ? owners.includeGlobalsOf(vm[at]) : owners.includeSpace(space[at]);
                        }
                        public void invalidate(Target owners) {
                            for (int at = 0; at <= mask; at++) { if (isOf(owners, at)) { allowed[at] = 0; } }
                        }
                        public void invalidate(Target owners, long address, long bytes) {
                            for (int at = 0; at <= mask; at++) {
                                long first = page[at] << 12;
                                if (first - address < bytes && address - first < 4096 && isOf(owners, at)) { allowed[at] = 0; }
                            }
                        }
                        public boolean probe(long address, int needed, Walk answer) {
                            if (!hits(address, needed)) { return false; }
                            int at = (int) (address >>> 12) & mask;
                            answer.outputAddress = output[at] | address & 4095;
                            answer.pageShift = 12;
                            answer.allowed = allowed[at];
                            answer.global = global[at];
                            return true;
                        }
                        public List<Counts> counts() { return List.of(counts); }
                    }
                }
                """
                .formatted(name);
    }

    private CommandLineRun simulate(String tlb, String vmm) {
        return run(
                "run", "--tlb", tlb, "--vmm", vmm, "--workload", "uniform:footprint=1M", "--accesses", "20000",
                "--audit",
                "--json");
    }

    @Test
    void isChosenByNameAndTakesItsOptions() throws IOException {
        JarMaker.jar(folder, "direct.jar", TlbProvider.class, "Direct", tlb("direct"));
        assertThat(run("list").out()).contains("TLBs of plug-ins (--tlb)", "one entry a set, for a test [direct.jar]");
        for (String vmm : new String[] {"native", "static", "nested"}) {
            CommandLineRun small = simulate("direct:entries=16", vmm);
            assertThat(small.status()).as(small.err()).isZero();
            assertThat(small.json().at("/config/tlb").asString()).isEqualTo("direct:entries=16");
            long misses = small.json().at("/tlb/direct/misses").asLong();
            assertThat(misses + small.json().at("/tlb/direct/hits").asLong()).isEqualTo(20_000);
            assertThat(small.json().get("walks").asLong()).isEqualTo(misses);
            CommandLineRun large = simulate("direct:entries=256", vmm);
            assertThat(large.json().at("/tlb/direct/misses").asLong()).isLessThan(misses / 10);
        }
    }

    @Test
    void anUnknownOptionAndATakenNameAreRefused() throws IOException {
        JarMaker.jar(folder, "direct.jar", TlbProvider.class, "Direct", tlb("direct"));
        CommandLineRun wrong = simulate("direct:ways=16", "native");
        assertThat(wrong.status()).isEqualTo(2);
        assertThat(wrong.err()).contains("--tlb", "ways");
        JarMaker.jar(folder, "taken.jar", TlbProvider.class, "Direct", tlb("skylake"));
        CommandLineRun taken = simulate("direct", "native");
        assertThat(taken.status()).isEqualTo(2);
        assertThat(taken.err()).contains("skylake", "taken.jar");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "public List<Option> options() {                      | return null;",
        "public List<Option> options() {                      | throw new IllegalStateException();",
        "public Tlb create(Options options, long seed) {      | return null;",
        "public Tlb create(Options options, long seed) {      | throw new NoClassDefFoundError();",
        "public List<Counts> counts() {                       | return null;",
        "public int advance(AccessBatch batch, int from, int to) { | return to + 5;",
        "public int advance(AccessBatch batch, int from, int to) { | return from - 1;",
        "public void insert(Walk walk, int needed) {          | throw new IllegalStateException();"
    })
    void whateverItDoesIsItsOwnFault(String method, String does) throws IOException {
        String broken = tlb("direct").replace(method, method + " if (true) { " + does + " } ");
        assertThat(broken).isNotEqualTo(tlb("direct"));
        JarMaker.jar(folder, "direct.jar", TlbProvider.class, "Direct", broken);
        CommandLineRun own = simulate("direct", "nested");
        assertThat(own.status()).as(own.err()).isEqualTo(ExitStatus.INTERNAL);
        assertThat(own.err()).contains("TLB 'direct' (", "direct.jar").doesNotContain("fault of memvirt, not yours");
        assertThat(simulate("reference", "nested").status()).isZero();
        assertThat(run("list", "tlbs").status()).isZero();
    }
}
