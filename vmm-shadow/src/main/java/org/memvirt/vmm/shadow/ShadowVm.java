package org.memvirt.vmm.shadow;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.Unpaged;
import org.memvirt.api.vmm.GuestBacking;
import org.memvirt.api.vmm.Host;
import org.memvirt.api.vmm.HostChange;
import org.memvirt.api.vmm.MappedVisitor;
import org.memvirt.api.vmm.TableUse;
import org.memvirt.api.vmm.VcpuServices;
import org.memvirt.api.vmm.VirtualCpu;
import org.memvirt.api.vmm.VirtualMachine;
import org.memvirt.api.vmm.VmmCounter;
import org.memvirt.vmm.shadow.memory.GuestPort;

/** A VM under shadow paging: its vCPUs, and the shadow tables that they share. */
final class ShadowVm implements VirtualMachine {
    private final Host host;
    private final ShadowOptions options;
    private final ShadowCounts counts = new ShadowCounts();
    private final Flush flush = new Flush(counts);
    private final ShadowTags tags;
    private final List<ShadowCpu> cpus = new ArrayList<>();
    private final Map<PageTableFormat, ShadowFormat> formats = new HashMap<>();
    private final Unpaged unpaged;
    // From the first vCPU on.
    private @Nullable VcpuServices services;
    private @Nullable ShadowTables tables;

    ShadowVm(Host host, ShadowOptions options) {
        this.host = host;
        this.options = options;
        tags = new ShadowTags(options.tagBits(), counts, flush);
        unpaged = new Unpaged(Long.SIZE - Long.numberOfLeadingZeros(host.backing().size() - 1));
    }

    @Override
    public VirtualCpu addCpu(VcpuServices ofCpu) {
        if (tables == null) {
            services = ofCpu;
            GuestPort memory = new GuestPort(host.backing(), ofCpu.softwarePort());
            tables = new ShadowTables(host, options.memory(), counts, flush, memory, ofCpu);
        }
        tags.require((cpus.size() + 1) * separation().tables());
        ShadowCpu cpu = new ShadowCpu(this, cpus.size(), ofCpu, tables);
        cpus.add(cpu);
        return cpu;
    }

    /** The format in which tables of {@code guestFormat} are shadowed. */
    ShadowFormat shadowing(PageTableFormat guestFormat) {
        return formats.computeIfAbsent(guestFormat,
                guest -> ShadowFormat.choose(host, guest, options.format(), options.separation()));
    }

    /** What a guest's vCPU walks while paging is off. */
    Unpaged unpaged() {
        return unpaged;
    }

    GuestBacking backing() {
        return host.backing();
    }

    Host host() {
        return host;
    }

    /** Its shadow tables; there are some from the first vCPU on. */
    ShadowTables tables() {
        return Objects.requireNonNull(tables);
    }

    ShadowCounts counts() {
        return counts;
    }

    /** Pages of an aligned group that a fault fills together. */
    int prefetch() {
        return options.prefetch();
    }

    /** Whether shadows share pages. */
    boolean shares() {
        return options.sharing();
    }

    /** How the guest's kernel is kept apart from its programs. */
    Separation separation() {
        return options.separation();
    }

    /** The tags of its shadow tables. */
    ShadowTags tags() {
        return tags;
    }

    SyncPolicy sync() {
        return options.sync();
    }

    List<ShadowCpu> cpus() {
        return cpus;
    }

    /** Those of one of its vCPUs. */
    VcpuServices services() {
        return Objects.requireNonNull(services);
    }

    /** Has the vCPUs' caches lose what became stale; before any of them goes on. */
    void flush() {
        if (services != null) {
            flush.now(services);
        }
    }

    @Override
    public void hostMappingChanged(long gpa, long bytes, HostChange change) {
        if (tables == null) {
            return;
        }
        switch (change) {
            case PROTECT -> tables.aliases().forbidWrites(gpa, bytes);
            case SPLIT -> tables.aliases().zapOverGranule(gpa, bytes);
            default -> tables.aliases().zap(gpa, bytes);
        }
        flush();
    }

    @Override
    public void destroy() {
        if (tables != null) {
            tables.releaseAll();
        }
    }

    /** What leads there counts as accessed and dirty: for {@link HostChange#AGE} it was removed, and is made anew by its use. */
    @Override
    public void forEachMapped(long gpa, long bytes, MappedVisitor visitor) {
        if (tables != null) {
            tables.aliases().forEach(gpa, bytes, entry -> visitor.accept(entry.gpa, entry.shift, true, true));
        }
    }

    @Override
    public boolean trapsStore(long gpa) {
        return tables != null && tables.guestTables().isProtected(gpa);
    }

    @Override
    public long tableBytes() {
        return tables == null ? 0 : tables.bytes();
    }

    @Override
    public List<VmmCounter> counters() {
        return counts.counters(tables());
    }

    /** One for each root that the guest has loaded, those of its kernel and of processes alike, or for each view of it. */
    @Override
    public List<TableUse> tableUse() {
        return tables().roots().stream()
                .map(root -> new TableUse(root.describe(), root.tables(), root.mostTables(), root.count()))
                .toList();
    }

    @Override
    public List<String> audit() {
        return tables == null ? List.of() : new ShadowAudit(this, tables).check();
    }
}
