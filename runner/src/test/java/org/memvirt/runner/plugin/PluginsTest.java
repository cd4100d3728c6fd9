package org.memvirt.runner.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.memvirt.api.workload.WorkloadProvider;
import org.memvirt.runner.usage.WrongUsage;

class PluginsTest {
    private static final Class<WorkloadProvider> SERVICE = WorkloadProvider.class;

    @TempDir
    private Path folder;

    private static Plugins<WorkloadProvider> find(PluginFolder folder) {
        return Plugins.find(SERVICE, "--workload", "workload", WorkloadProvider::name, folder);
    }

    private void jar(String jarName, String className, String name) throws IOException {
        JarMaker.jar(folder, jarName, SERVICE, className, JarMaker.workload(className, name));
    }

    @Test
    void findsThoseOfTheClassPathByName() {
        Plugins<WorkloadProvider> workloads = find(PluginFolder.empty());
        assertThat(workloads.all().stream().map(Plugin::name))
                .contains("chase", "sequential", "stride", "uniform", "zipf")
                .doesNotContain("mine");
        assertThat(workloads.get("zipf").name()).isEqualTo("zipf");
    }

    @Test
    void findsThoseOfTheFolderAndSaysWhichJar() throws IOException {
        jar("mine.jar", "Mine", "mine");
        Plugins<WorkloadProvider> workloads = find(PluginFolder.open(folder));
        assertThat(workloads.get("mine").getClass().getName()).isEqualTo("Mine");
        assertThat(workloads.all().stream().filter(plugin -> plugin.name().equals("mine")))
                .singleElement()
                .satisfies(plugin -> assertThat(plugin.origin()).endsWith("mine.jar"));
    }

    @Test
    void jarsDoNotSeeEachOther() throws IOException {
        jar("a.jar", "Same", "first");
        jar("b.jar", "Same", "second");
        Plugins<WorkloadProvider> workloads = find(PluginFolder.open(folder));
        assertThat(workloads.get("first").getClass()).isNotSameAs(workloads.get("second").getClass());
    }

    @Test
    void twoOfOneNameAreRefusedWithBothJars() throws IOException {
        jar("a.jar", "A", "mine");
        jar("b.jar", "B", "mine");
        PluginFolder plugins = PluginFolder.open(folder);
        assertThatThrownBy(() -> find(plugins))
                .isInstanceOf(WrongUsage.class)
                .hasMessageContainingAll("'mine'", "a.jar", "b.jar");
    }

    @Test
    void aNameOfTheClassPathCannotBeTakenOver() throws IOException {
        jar("a.jar", "A", "zipf");
        PluginFolder plugins = PluginFolder.open(folder);
        assertThatThrownBy(() -> find(plugins)).isInstanceOf(WrongUsage.class).hasMessageContainingAll("a.jar", "zipf");
    }

    @Test
    void anUnknownNameListsAllTheNearestFirst() {
        Plugins<WorkloadProvider> workloads = find(PluginFolder.empty());
        assertThatThrownBy(() -> workloads.get("uniforn"))
                .isInstanceOf(WrongUsage.class)
                .hasMessageMatching(
                        "--workload: there is no workload 'uniforn'; there is uniform, ([\\w-]+, )+.*'memvirt list'.*");
    }

    @Test
    void whatIsNoJarIsReportedAndTheRestWorks() throws IOException {
        Files.writeString(folder.resolve("bad.jar"), "no zip");
        Files.writeString(folder.resolve("notes.txt"), "not looked at");
        jar("good.jar", "Good", "good");
        PluginFolder plugins = PluginFolder.open(folder);
        Plugins<WorkloadProvider> workloads = find(plugins);
        assertThat(workloads.get("good").name()).isEqualTo("good");
        assertThat(plugins.broken()).singleElement().satisfies(broken -> {
            assertThat(broken.jar()).endsWith("bad.jar");
            assertThat(broken.reason()).contains("no readable jar");
        });
        assertThatThrownBy(() -> workloads.get("bad")).hasMessageContaining("bad.jar");
    }

    @Test
    void aServiceThatCannotBeMadeIsReportedWithTheReason() throws IOException {
        JarMaker.hollow(folder, "hollow.jar", SERVICE, "org.example.Missing");
        String throwing = JarMaker.workload("Throws", "throws")
                .replace("public String name()", "public Throws() { throw new IllegalStateException(\"no licence\"); }"
                        + " public String name()");
        JarMaker.jar(folder, "throws.jar", SERVICE, "Throws", throwing);
        JarMaker.jar(folder, "other.jar", SERVICE, "Other", "public final class Other {}");
        PluginFolder plugins = PluginFolder.open(folder);
        assertThat(find(plugins).all()).hasSameSizeAs(find(PluginFolder.empty()).all());
        assertThat(plugins.broken()).hasSize(3);
        assertThat(plugins.broken().toString())
                .contains("hollow.jar", "org.example.Missing", "throws.jar", "no licence", "other.jar",
                        "not a subtype");
    }

    @Test
    void whatIsNoFolderIsRefused() {
        Path none = folder.resolve("none");
        assertThatThrownBy(() -> PluginFolder.open(none)).isInstanceOf(WrongUsage.class).hasMessageContaining("none");
    }
}
