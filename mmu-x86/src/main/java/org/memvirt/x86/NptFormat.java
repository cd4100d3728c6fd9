package org.memvirt.x86;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.memvirt.api.access.Rights;
import org.memvirt.api.option.Option;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.walk.Stage;

/**
 * AMD's nested page tables: ordinary tables of the host's paging mode, every access to which is a user access, so that
 * the host's WP, SMEP, SMAP and keys say nothing. An access to a guest's page table is a write. APM, "Nested Paging".
 */
final class NptFormat extends X86Format {
    private static final Option MODE =
            new Option("mode", Option.Kind.TEXT, "4level", "the host's paging mode: 32bit, pae, 4level or 5level");

    private static final List<Option> OPTIONS = List.of(
            MODE,
            Controls.NXE,
            Controls.PSE,
            Controls.PSE36,
            Controls.GBPAGES,
            Controls.MAXPHYADDR,
            Controls.CBIT,
            Controls.ACCESSED_UPDATE);

    private final long faultDetail;

    private NptFormat(Controls controls) {
        super(
                "npt",
                "AMD's nested page tables, in the host's paging mode",
                mode(controls),
                controls,
                AMD_TOP_RESERVED);
        // APM, "Nested versus Guest Page Faults, Fault Ordering": bit 4 tells of a fetch where the host can forbid one.
        faultDetail = FaultEncoding.NESTED | (controls.has(Controls.NXE) ? FaultEncoding.FETCH_REPORTED : 0);
    }

    static NptFormat make() {
        return make(Map.of());
    }

    private static NptFormat make(Map<String, String> options) {
        return new NptFormat(new Controls("npt", OPTIONS, options));
    }

    private static PagingMode mode(Controls controls) {
        return Arrays.stream(PagingMode.values())
                .filter(mode -> mode.text().equals(controls.text(MODE)))
                .findFirst()
                .orElseThrow(() -> controls.wrong(
                        MODE,
                        "it is one of "
                                + Arrays.stream(PagingMode.values())
                                        .map(PagingMode::text)
                                        .collect(Collectors.joining(", "))));
    }

    @Override
    PageTableFormat remade(Map<String, String> options) {
        return make(options);
    }

    @Override
    public Set<Stage> stages() {
        return Set.of(Stage.STAGE_2);
    }

    @Override
    public int tableReferenceAccess() {
        return Rights.USER_WRITE;
    }

    @Override
    public int tableUpdateAccess() {
        return Rights.USER_WRITE;
    }

    @Override
    protected int allowed(long attributes, long leaf) {
        if ((attributes & EntryBits.USER) == 0) {
            return Rights.NONE;
        }
        int user = Rights.USER_READ
                | ((attributes & EntryBits.WRITABLE) == 0 ? 0 : Rights.USER_WRITE)
                | ((attributes & EntryBits.EXECUTE_DISABLE) == 0 ? 0 : Rights.USER_EXECUTE);
        return user | user << Rights.SUPERVISOR_SHIFT;
    }

    @Override
    protected long faultDetail(long attributes, long entry) {
        return faultDetail;
    }

    @Override
    long rightsBits(int rights) {
        return (rights == Rights.NONE ? 0 : EntryBits.USER)
                | ((rights & Rights.WRITE) == 0 ? 0 : EntryBits.WRITABLE)
                | executeDisableUnless((rights & Rights.EXECUTE) != 0);
    }
}
