package org.memvirt.runner;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;

/** Which module may know which. */
@AnalyzeClasses(packages = "org.memvirt", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String API = "org.memvirt.api..";
    private static final String ENGINE = "org.memvirt.engine..";
    private static final String CONFORM = "org.memvirt.conform..";
    private static final String RUNNER = "org.memvirt.runner..";
    private static final String TESTKIT = "org.memvirt.testkit..";
    private static final String BENCH = "org.memvirt.bench..";
    private static final String[] JDK = {"java..", "javax..", "jdk..", "org.jspecify.."};

    /** All that is in no module of the house's own is a backend, whatever its name. */
    private static final DescribedPredicate<JavaClass> BACKEND = resideInAnyPackage("org.memvirt..")
            .and(resideOutsideOfPackages(API, ENGINE, CONFORM, RUNNER, TESTKIT, BENCH))
            .as("a backend");

    private static DescribedPredicate<JavaClass> jdkAnd(String... packages) {
        return resideInAnyPackage(JDK).or(resideInAnyPackage(packages));
    }

    @ArchTest
    static void everyModuleIsLookedAt(JavaClasses all) {
        for (String module : new String[] {"api.walk", "engine", "conform", "x86", "arm", "mips", "vmm.nested",
            "vmm.partition", "runner"}) {
            assertThat(all.containPackage("org.memvirt." + module)).describedAs(module).isTrue();
        }
    }

    @ArchTest
    static final ArchRule apiKnowsTheJdkAlone =
            classes().that().resideInAPackage(API).should().onlyDependOnClassesThat(jdkAnd(API));

    @ArchTest
    static final ArchRule engineKnowsTheApiAlone =
            classes().that().resideInAPackage(ENGINE).should().onlyDependOnClassesThat(jdkAnd(API, ENGINE));

    @ArchTest
    static final ArchRule conformKnowsApiEngineAndTheStreamingParserAlone = classes()
            .that()
            .resideInAPackage(CONFORM)
            .should()
            .onlyDependOnClassesThat(jdkAnd(API, ENGINE, CONFORM, "tools.jackson.core.."));

    @ArchTest
    static final ArchRule backendsKnowTheApiAlone =
            classes().that(BACKEND).should().onlyDependOnClassesThat(jdkAnd(API).or(BACKEND));

    @ArchTest
    static final ArchRule backendsDoNotKnowEachOther =
            slices().assignedFrom(new BackendOfPackage()).should().notDependOnEachOther();

    @ArchTest
    static final ArchRule runnerNamesNoBackend =
            noClasses().that().resideInAPackage(RUNNER).should().dependOnClassesThat(BACKEND);

    @ArchTest
    static final ArchRule librariesOfTheCommandLineStayThere = noClasses()
            .that()
            .resideOutsideOfPackage(RUNNER)
            .should()
            .dependOnClassesThat(resideInAnyPackage(
                    "com.google.inject..",
                    "jakarta.inject..",
                    "io.micrometer..",
                    "picocli..",
                    "org.slf4j..",
                    RUNNER))
            .orShould()
            .dependOnClassesThat(resideInAnyPackage("com.google.common.."));

    @ArchTest
    static final ArchRule jacksonIsOfTheCommandLineAndTheVectorsAlone = noClasses()
            .that()
            .resideOutsideOfPackages(RUNNER, CONFORM)
            .should()
            .dependOnClassesThat(resideInAnyPackage("tools.jackson..", "com.fasterxml.jackson.."));

    @ArchTest
    static final ArchRule testkitKnowsApiEngineConformAndTestLibraries = classes()
            .that()
            .resideInAPackage(TESTKIT)
            .should()
            .onlyDependOnClassesThat(
                    jdkAnd(
                            API,
                            ENGINE,
                            CONFORM,
                            TESTKIT,
                            "com.sun.management..",
                            "org.junit.jupiter..",
                            "org.opentest4j..",
                            "org.assertj.."))
            .allowEmptyShould(true);

    /** The room of the blocks is an optimization that no other room of the simulated hardware and software needs to know. */
    @ArchTest
    static final ArchRule blocksStandBeforeWhatTheyMakeFast = noClasses()
            .that()
            .resideInAnyPackage(
                    "org.memvirt.engine.tlb..", "org.memvirt.engine.walkcache..", "org.memvirt.engine.guest..",
                    "org.memvirt.engine.memory..", "org.memvirt.engine.host..")
            .should()
            .dependOnClassesThat(resideInAnyPackage("org.memvirt.engine.block.."));

    @ArchTest
    static final ArchRule packagesHaveNoCycles =
            slices().matching("org.memvirt.(**)").should().beFreeOfCycles();

    /** {@code org.memvirt.x86} and what is below it is one backend, {@code org.memvirt.vmm.nested} another. */
    private static final class BackendOfPackage implements SliceAssignment {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
            if (!BACKEND.test(type)) {
                return SliceIdentifier.ignore();
            }
            String[] parts = type.getPackageName().split("\\.");
            return parts[2].equals("vmm") && parts.length > 3
                    ? SliceIdentifier.of("vmm", parts[3])
                    : SliceIdentifier.of(parts[2]);
        }

        @Override
        public String getDescription() {
            return "backends";
        }
    }
}
