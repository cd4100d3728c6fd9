package org.memvirt.runner.command;

import com.google.inject.AbstractModule;
import com.google.inject.CreationException;
import com.google.inject.Guice;
import com.google.inject.Injector;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import com.google.inject.Stage;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.architecture.MmuProvider;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.tlb.TlbProvider;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.api.workload.TraceFormat;
import org.memvirt.api.workload.WorkloadProvider;
import org.memvirt.runner.config.Backends;
import org.memvirt.runner.config.InputResolver;
import org.memvirt.runner.config.MachineResolver;
import org.memvirt.runner.config.TablesResolver;
import org.memvirt.runner.plugin.PluginFolder;
import org.memvirt.runner.plugin.Plugins;
import org.memvirt.runner.trace.TraceFiles;
import org.memvirt.runner.usage.Notices;

/** Wires one command: the plug-ins that were found, and what resolves names to them. */
final class RunnerModule extends AbstractModule {
    private final Console console;
    private final PluginFolder plugins;
    private final boolean quiet;

    private RunnerModule(Console console, PluginFolder plugins, boolean quiet) {
        this.console = console;
        this.plugins = plugins;
        this.quiet = quiet;
    }

    /** Everything that a command with these options works with. Broken plug-ins are told of, once. */
    static Injector injector(Console console, CommonOptions options) {
        PluginFolder plugins = console.plugins().open(folder(options.plugins));
        Injector injector;
        try {
            injector = Guice.createInjector(Stage.PRODUCTION, new RunnerModule(console, plugins, options.quiet));
        } catch (CreationException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
        tellBroken(console, options, plugins);
        return injector;
    }

    /** The MMUs alone: for a command that needs nothing else, and is over sooner than an injector is made. */
    static Plugins<MmuProvider> mmus(Console console, CommonOptions options) {
        PluginFolder plugins = console.plugins().open(folder(options.plugins));
        Plugins<MmuProvider> mmus = mmus(plugins);
        tellBroken(console, options, plugins);
        return mmus;
    }

    private static void tellBroken(Console console, CommonOptions options, PluginFolder plugins) {
        if (!options.quiet) {
            plugins.listen(
                    jar -> console.notice("the plug-in %s cannot be used: %s".formatted(jar.jar(), jar.reason())));
        }
    }

    private static PluginFolder folder(@Nullable Path given) {
        if (given != null) {
            return PluginFolder.open(given);
        }
        String home = System.getProperty("memvirt.home");
        Path usual = home == null ? null : Path.of(home, "plugins");
        return usual != null && Files.isDirectory(usual) ? PluginFolder.open(usual) : PluginFolder.empty();
    }

    @Override
    protected void configure() {
        binder().requireExplicitBindings();
        bind(InputStream.class).toInstance(console.in());
        bind(Notices.class).toInstance(quiet ? text -> {} : console::notice);
        bind(PluginFolder.class).toInstance(plugins);
        bind(Backends.class);
        bind(TraceFiles.class);
        bind(InputResolver.class);
        bind(MachineResolver.class);
        bind(TablesResolver.class);
    }

    @Provides
    @Singleton
    Plugins<MmuProvider> mmus() {
        return mmus(plugins);
    }

    private static Plugins<MmuProvider> mmus(PluginFolder plugins) {
        return Plugins.find(MmuProvider.class, "--mmu", "MMU", MmuProvider::name, plugins);
    }

    @Provides
    @Singleton
    Plugins<PageTableFormat> formats() {
        return Plugins.find(PageTableFormat.class, "--format", "format", PageTableFormat::name, plugins);
    }

    @Provides
    @Singleton
    Plugins<TlbProvider> tlbs() {
        return Plugins.find(TlbProvider.class, "--tlb", "TLB", TlbProvider::name, plugins);
    }

    @Provides
    @Singleton
    Plugins<VmmProvider> strategies() {
        return Plugins.find(VmmProvider.class, "--vmm", "strategy", VmmProvider::name, plugins);
    }

    @Provides
    @Singleton
    Plugins<WorkloadProvider> workloads() {
        return Plugins.find(WorkloadProvider.class, "--workload", "workload", WorkloadProvider::name, plugins);
    }

    @Provides
    @Singleton
    Plugins<TraceFormat> traceFormats() {
        return Plugins.find(TraceFormat.class, "--trace-format", "trace format", TraceFormat::name, plugins);
    }
}
