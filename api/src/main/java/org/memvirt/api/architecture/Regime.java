package org.memvirt.api.architecture;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.TableRoot;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;

/**
 * A translation regime: the tables through which a program's addresses go, as a processor's registers set them up. The
 * term is that of the Arm Architecture Reference Manual, "Translation regimes". Immutable, made by
 * {@link ArchitectedPageTables#regime} once for a set of registers.
 */
public interface Regime {
    /**
     * The tables of stage 1, one for each root register: CR3 alone on x86; TTBR0, for the low addresses, and TTBR1 on
     * Arm. With translation off, one {@link org.memvirt.api.table.Unpaged}.
     */
    List<TableRoot> stageOne();

    /**
     * The one of {@link #stageOne} that an access to {@code inputAddress} is sent to; the format refuses the address if
     * none is. Once an access; does not allocate.
     */
    default TableRoot stageOne(long inputAddress) {
        return stageOne().getFirst();
    }

    /**
     * The format of stage 1 for a machine that makes its tables itself as these registers have hardware read them: that of
     * all roots together.
     *
     * @throws IllegalArgumentException when one kernel cannot keep such tables; the message says why
     */
    default PageTableFormat format() {
        return stageOne().getFirst().format();
    }

    /** The table of stage 2, or null where there is one stage. */
    @Nullable TableRoot stageTwo();

    /**
     * The registers that hold roots and were not given: their roots are 0 here. Whoever walks tables that are there already
     * asks for them; whoever makes the tables does not.
     */
    default List<String> missingRoots() {
        return List.of();
    }

    /**
     * Loads the root as software does before an access (MOV to CR3): hardware that keeps entries of the top table in
     * registers, as Intel's does with the directory pointers of PAE, reads and checks them now. Once a load.
     *
     * @param walk an outer walk, which is started anew; it holds the fault if the load fails
     * @param port that of a walk of stage 1
     * @return the port of the walks after this load: {@code port} itself where only the root is in a register
     */
    default WalkPort load(Walk walk, WalkPort port) {
        walk.start(stageOne().getFirst().root(), 0, 0);
        return port;
    }

    /** How hardware reports the fault that {@code walk}, a walk or a load of this regime, ended with. */
    EncodedFault encode(Walk walk);
}
