package org.memvirt.conform;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.api.architecture.EncodedFault;
import org.memvirt.api.architecture.Regime;
import org.memvirt.api.table.StageTwoPort;
import org.memvirt.api.table.TableRoot;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkObserver;
import org.memvirt.api.walk.WalkPort;
import org.memvirt.engine.memory.TableMemoryPort;

/**
 * Plays recorded cases: makes each access by a walk of the recorded tables under the recorded registers, nothing cached,
 * and compares. One for each thread.
 */
public final class VectorPlayer implements CasePlayer {
    /** The register that stands for the mark of a single access. */
    private static final String PAN = "pan";

    private final ArchitectedPageTables mmu;
    private final VectorHeader header;
    private final JsonReader json;
    private final Map<String, String> sharedRegisters = new LinkedHashMap<>();
    private final WordMemory memory = new WordMemory();
    private final WalkPort host = new TableMemoryPort(memory);
    private final Walk walk = Walk.outer();
    private final Comparison comparison = new Comparison(memory);

    /** @param mmu that of the file's architecture */
    public VectorPlayer(VectorFile file, ArchitectedPageTables mmu) {
        this.mmu = mmu;
        header = file.header();
        json = new JsonReader(file.name());
        header.registers().forEach((name, value) -> {
            if (mmu.registers().stream().anyMatch(name::equalsIgnoreCase)) {
                sharedRegisters.put(name, value);
            }
        });
    }

    /** The registers of a case at work. */
    private record Setting(Regime regime, WalkPort port, WalkPort stageOnePort) {}

    /**
     * A walk made again.
     *
     * @param walk as it ended, valid until the player plays again
     */
    public record Replay(Regime regime, Walk walk) {}

    /**
     * Makes one access again, after those before it.
     *
     * @param index of the case's line
     * @param access of the case
     * @param observer is told each step
     */
    public Replay replay(VectorLines lines, int index, int access, WalkObserver observer) throws BadVectors {
        VectorCase recorded = read(lines, index);
        Settings settings = new Settings(recorded);
        for (int i = 0; i < access; i++) {
            make(recorded.accesses.get(i), settings);
        }
        RecordedAccess last = recorded.accesses.get(access);
        walk.trail.observe(observer);
        make(last, settings);
        walk.trail.observe(null);
        return new Replay(settings.of(last).regime(), walk);
    }

    @Override
    public VectorTally play(VectorLines lines, int index, VectorListener listener) throws BadVectors {
        VectorCase recorded = read(lines, index);
        Settings settings = new Settings(recorded);
        int mismatches = 0;
        int deviations = 0;
        boolean judged = true;
        for (int i = 0; i < recorded.accesses.size(); i++) {
            RecordedAccess access = recorded.accesses.get(i);
            EncodedFault fault = make(access, settings);
            listener.answered(
                    walk,
                    access.stageOneOnly() && settings.of(access).regime().stageTwo() != null,
                    fault);
            judged &= !access.unjudged();
            deviations += !judged || access.deviates() ? 1 : 0;
            if (judged && !Comparison.agrees(access, walk, fault)) {
                mismatches++;
                listener.mismatch(Comparison.mismatch(recorded, lines.number(index), index, i, walk, fault));
            }
        }
        if (judged) {
            mismatches += comparison.compareTables(recorded, lines.number(index), index, listener);
        }
        listener.ended(lines, index, comparison.changed(recorded.wordBytes));
        return new VectorTally(1, recorded.accesses.size(), mismatches, deviations);
    }

    private VectorCase read(VectorLines lines, int index) throws BadVectors {
        json.begin(lines.bytes, lines.start(index), lines.end(index), lines.number(index));
        VectorCase recorded = VectorCase.read(json, header);
        memory.clear();
        for (int i = 0; i < recorded.memory.length; i += 2) {
            long address = recorded.memory[i];
            memory.begin(address & -Long.BYTES, recorded.memory[i + 1] << ((address & 7) << 3));
        }
        return recorded;
    }

    private @Nullable EncodedFault make(RecordedAccess access, Settings settings) throws BadVectors {
        Setting setting = settings.of(access);
        Regime regime = setting.regime();
        WalkPort port = regime.load(walk, access.stageOneOnly() ? setting.stageOnePort() : setting.port());
        if (walk.succeeded()) {
            TableRoot table = regime.stageOne(access.address());
            walk.start(table.root(), access.address(), access.needed());
            table.format().walk(walk, port);
        }
        return walk.succeeded() ? null : regime.encode(walk);
    }

    /** The registers of a case, with and without the mark that single accesses may have. */
    private final class Settings {
        private final VectorCase recorded;
        private final @Nullable Setting[] settings = new Setting[2];

        Settings(VectorCase recorded) {
            this.recorded = recorded;
        }

        Setting of(RecordedAccess access) throws BadVectors {
            int which = access.privilegedAccessNever() ? 1 : 0;
            Setting setting = settings[which];
            if (setting == null) {
                setting = setting(access.privilegedAccessNever());
                settings[which] = setting;
            }
            return setting;
        }

        private Setting setting(boolean pan) throws BadVectors {
            Map<String, String> registers = new LinkedHashMap<>(sharedRegisters);
            registers.putAll(recorded.registers);
            if (pan) {
                registers.put(PAN, "true");
            }
            try {
                Regime regime = mmu.regime(registers, header.accessedUpdate());
                TableRoot stageTwo = regime.stageTwo();
                WalkPort port = stageTwo == null ? host : new StageTwoPort(stageTwo, host);
                return new Setting(regime, port, stageTwo == null ? host : new UnresolvedPort(port));
            } catch (IllegalArgumentException e) {
                throw json.wrong("case %s: %s".formatted(recorded.id, e.getMessage()), e);
            }
        }
    }
}
