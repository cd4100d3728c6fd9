package org.memvirt.runner;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MemberReferenceTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * No word of one architecture or maker stands in the api, the engine, conform, the strategies, the testkit and the runner's
 * common options, but in comments that explain a neutral term by it. Which words those are, maker-words.txt says.
 */
class NeutralWordsTest {
    private static final Path PROJECT = Path.of("..");
    private static final List<String> MODULES = List.of("api", "engine", "conform", "testkit");
    private static final String STRATEGY = "vmm-";

    /** Options of the runner that every machine has. */
    private static final String OPTIONS = "runner/src/main/java/org/memvirt/runner/";

    /** The words of an architecture, which no other module's main files have; of makers those that only it is called by. */
    private static final Map<String, List<String>> OF_MODULE = Map.of(
            "mmu-arm",
            List.of("arm", "aarch64", "armv8", "armv9", "cortex", "neoverse", "ttbr", "ttbr0", "ttbr1", "vttbr",
                    "sctlr", "tcr", "vtcr", "mair", "hcr", "hcrx", "esr", "hpfar", "spsr", "tlbi"),
            "mmu-x86",
            List.of("x86", "x64", "ia32", "xeon", "opteron", "ryzen", "epyc", "vpid", "pcid", "cr0", "cr3", "cr4",
                    "efer", "eflags", "eptp", "ncr3", "pkru", "vmcs", "vmcb", "invlpg", "invpcid", "invept", "invvpid",
                    "invlpga", "vmrun", "ept", "npt", "pml4", "pml5", "pdpt", "pde", "pae", "la57", "smep", "smap",
                    "nxe"));

    /** Who must name them: headers of image files hold a machine's number, and benchmarks choose what they measure. */
    private static final List<String> NAMING = List.of(
            "runner/src/main/java/org/memvirt/runner/image/ImageMachine.java",
            "runner/src/main/java/org/memvirt/runner/image/ElfCore.java",
            "runner/src/main/java/org/memvirt/runner/image/WindowsDump.java",
            "bench/src/main/java/org/memvirt/bench/Machines.java");

    private Map<String, String> neutral = words();

    private static Map<String, String> words() {
        Map<String, String> words = new LinkedHashMap<>();
        try (var list = NeutralWordsTest.class.getResourceAsStream("maker-words.txt")) {
            new String(list.readAllBytes(), UTF_8).lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .forEach(line -> words.put(line.split(" +", 2)[0], line.split(" +", 2)[1]));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return words;
    }

    @Test
    void neutralModulesHaveNeutralWords() throws IOException {
        List<Path> sources = new ArrayList<>();
        try (Stream<Path> modules = Files.list(PROJECT)) {
            for (Path module : modules.toList()) {
                String name = module.getFileName().toString();
                if (MODULES.contains(name) || name.startsWith(STRATEGY)) {
                    sources.addAll(sources(module.resolve("src/main/java"), ".java"));
                }
            }
        }
        sources.addAll(sources(PROJECT.resolve(OPTIONS), "Options.java"));
        assertThat(sources).hasSizeGreaterThan(100);
        assertThat(found(sources)).isEmpty();
    }

    @Test
    void noOtherModuleNamesAnArchitecture() throws IOException {
        List<String> named = new ArrayList<>();
        try (Stream<Path> modules = Files.list(PROJECT)) {
            for (Path module : modules.filter(each -> Files.isDirectory(each.resolve("src/main/java"))).sorted()
                    .toList()) {
                named.addAll(namedIn(module));
            }
        }
        assertThat(named).isEmpty();
    }

    private List<String> namedIn(Path module) throws IOException {
        List<Path> sources = sources(module.resolve("src/main/java"), ".java").stream()
                .filter(source -> !NAMING.contains(PROJECT.relativize(source).toString().replace('\\', '/')))
                .toList();
        assertThat(sources).as("%s", module).isNotEmpty();
        neutral = new LinkedHashMap<>();
        OF_MODULE.forEach((owner, words) -> {
            if (!owner.equals(module.getFileName().toString())) {
                words.forEach(word -> neutral.put(word, "leave it to " + owner));
            }
        });
        return found(sources);
    }

    private static List<Path> sources(Path folder, String ending) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
        }
    }

    @Test
    void theScanSeesIdentifiersAndTextsAndNoComments(@TempDir Path folder) throws IOException {
        Path source = Files.writeString(folder.resolve("Sample.java"), """
                /** As VPID is. */
                class Sample {
                    // CR3
                    static final int EPT_VPID_CAP = 1;
                    String kept = "an accept of armour, INVLPG=1";
                    void loadCr3(long eptpRoot) {
                        eptpRoot = this.kept.length() + MSR;
                        Runnable run = Sample::invept;
                    }
                    static void invept() {}
                    class VmcsView<Pcid> {}
                }
                """);
        assertThat(found(List.of(source)))
                .extracting(message -> message.replaceAll(".*Sample.java:(\\d+): '(\\w+)'.*", "$1 $2"))
                .containsExactlyInAnyOrder(
                        "4 ept", "4 vpid", "5 invlpg", "6 cr3", "6 eptp", "7 eptp", "7 msr", "8 invept", "10 invept",
                        "11 vmcs", "11 pcid");
    }

    private List<String> found(List<Path> sources) throws IOException {
        List<String> found = new ArrayList<>();
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, UTF_8)) {
            JavacTask task = (JavacTask) compiler.getTask(
                    null, files, null, List.of("-proc:none"), null, files.getJavaFileObjectsFromPaths(sources));
            Trees trees = Trees.instance(task);
            for (CompilationUnitTree unit : task.parse()) {
                new Scan(unit, trees, found).scan(unit, null);
            }
        }
        return found;
    }

    /** Looks at each name and text. */
    private final class Scan extends TreeScanner<Void, Void> {
        private final CompilationUnitTree unit;
        private final Trees trees;
        private final List<String> found;

        Scan(CompilationUnitTree unit, Trees trees, List<String> found) {
            this.unit = unit;
            this.trees = trees;
            this.found = found;
        }

        private void look(Tree tree, CharSequence text) {
            for (String word : text.toString()
                    .split("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+")) {
                String instead = neutral.get(word.toLowerCase(Locale.ROOT));
                if (instead != null) {
                    long line = unit.getLineMap().getLineNumber(
                            trees.getSourcePositions().getStartPosition(unit, tree));
                    found.add("%s:%d: '%s' in '%s'; neutral: %s".formatted(
                            Path.of(unit.getSourceFile().toUri()).getFileName(), line, word.toLowerCase(Locale.ROOT),
                            text,
                            instead));
                }
            }
        }

        @Override
        public Void visitClass(ClassTree tree, Void nothing) {
            look(tree, tree.getSimpleName());
            tree.getTypeParameters().forEach(parameter -> look(parameter, parameter.getName()));
            return super.visitClass(tree, nothing);
        }

        @Override
        public Void visitMethod(MethodTree tree, Void nothing) {
            look(tree, tree.getName());
            return super.visitMethod(tree, nothing);
        }

        @Override
        public Void visitVariable(VariableTree tree, Void nothing) {
            look(tree, tree.getName());
            return super.visitVariable(tree, nothing);
        }

        @Override
        public Void visitIdentifier(IdentifierTree tree, Void nothing) {
            look(tree, tree.getName());
            return super.visitIdentifier(tree, nothing);
        }

        @Override
        public Void visitMemberSelect(MemberSelectTree tree, Void nothing) {
            look(tree, tree.getIdentifier());
            return super.visitMemberSelect(tree, nothing);
        }

        @Override
        public Void visitMemberReference(MemberReferenceTree tree, Void nothing) {
            look(tree, tree.getName());
            return super.visitMemberReference(tree, nothing);
        }

        @Override
        public Void visitLiteral(LiteralTree tree, Void nothing) {
            if (tree.getValue() instanceof String text) {
                look(tree, text);
            }
            return super.visitLiteral(tree, nothing);
        }
    }
}
