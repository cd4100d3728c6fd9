package org.memvirt.vmm.shadow;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.table.TableMemory;
import org.memvirt.api.vmm.GuestBacking;
import org.memvirt.api.vmm.Host;
import org.memvirt.api.vmm.VirtualMachine;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.api.walk.Stage;
import org.memvirt.testkit.HashedFormat;

/** The strategy with options of the test's choice in the place of its defaults, on hardware that has every mode of x86. */
final class Shadowing implements VmmProvider {
    /** A format that is no tree, and whose root moves as it grows. */
    static final PageTableFormat HASHED = new HashedFormat(12);

    private final ShadowVmm strategy = new ShadowVmm();
    private final Map<String, String> chosen;
    private UnaryOperator<GuestBacking> backing = UnaryOperator.identity();
    private UnaryOperator<TableFrames> frames = UnaryOperator.identity();

    /** With these options; sharing is left off, unless it is chosen, where the policy has none. */
    Shadowing(Map<String, String> chosen) {
        Map<String, String> all = new HashMap<>(chosen);
        if (!SyncPolicy.of(all.getOrDefault("sync", SyncPolicy.WRITE_PROTECT.toString())).tracksTables()) {
            all.putIfAbsent("sharing", "off");
        }
        this.chosen = Map.copyOf(all);
    }

    /** On a host whose memory is as told. */
    Shadowing over(UnaryOperator<GuestBacking> newBacking) {
        backing = newBacking;
        return this;
    }

    /** Whose tables lie in memory as told. */
    Shadowing within(UnaryOperator<TableFrames> newFrames) {
        frames = newFrames;
        return this;
    }

    @Override
    public String name() {
        return strategy.name();
    }

    @Override
    public String description() {
        return strategy.description();
    }

    @Override
    public boolean usesStageTwo() {
        return strategy.usesStageTwo();
    }

    @Override
    public List<Option> options() {
        return strategy.options();
    }

    @Override
    public VirtualMachine create(Host host, Options options) {
        Map<String, String> all = new HashMap<>(options.asMap());
        all.keySet().removeIf(name -> !options.isGiven(name));
        all.putAll(chosen);
        return strategy.create(new EveryMode(host, backing, frames.apply(host.tableFrames())),
                new Options("strategy shadow", strategy.options(), all));
    }

    private record EveryMode(Host host, UnaryOperator<GuestBacking> over, TableFrames tableFrames)
            implements Host {
        @Override
        public int vm() {
            return host.vm();
        }

        @Override
        public TableMemory memory() {
            return host.memory();
        }

        @Override
        public GuestBacking backing() {
            return over.apply(host.backing());
        }

        @Override
        public long memoryBytes() {
            return host.memoryBytes();
        }

        @Override
        public List<PageTableFormat> stageOneFormats() {
            PageTableFormat guest = host.stageOneFormats().getFirst();
            Stream<PageTableFormat> others = X86.MMU.formats().stream()
                    .filter(other -> other.stages().contains(Stage.STAGE_1) && !other.name().equals(guest.name()));
            return Stream.concat(Stream.concat(Stream.of(guest), others), Stream.of(HASHED)).toList();
        }

        @Override
        public @Nullable PageTableFormat stageTwoFormat() {
            return host.stageTwoFormat();
        }
    }
}
